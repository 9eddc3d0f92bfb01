/** The registry is dead, and writes have to go to another datacenter: past the registry, and back when it is there again. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import {
  eventually,
  FleetProcesses,
  portsOf,
  registryUrlOf,
  startExtraProcess,
  startFleet,
} from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { FeedClient } from './support/feed-client.ts';
import { feedfleet, outputOf } from './support/feedfleet-command.ts';
import { buildPackage } from './support/package-builder.ts';
import { startFamilyProcess } from './support/push-process.ts';
import type { PushProcess } from './support/push-process.ts';

let fleet: Fleet;
let processes: FleetProcesses;
let folder: string;
let pushes = 0;
const east: PushProcess[] = [];

const place = () => ({ environment: { FEEDFLEET_DATA: fleet.data }, workingFolder: folder });
const secret = (name: string): string => readFileSync(path.join(fleet.data, 'secrets', name), 'utf8').trim();
const mainPush = (): string => `http://127.0.0.1:${portsOf(fleet)['push-1'] ?? 0}`;

/** @returns where it arrived. */
async function push(url: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
  pushes += 1;
  const id = `Pushed.${pushes}`;
  const { status, body } = await new FeedClient(`${url}/F/main`, fleet.adminKey).push(buildPackage({ id }), headers);
  if (status !== 201) return `${status} ${String((JSON.parse(body.toString()) as { readonly code?: string }).code)}`;
  const versions = `/F/main/api/v3/flat/${id.toLowerCase()}/index.json`;
  const isEast = (await fetch((east[1]?.url ?? '') + versions)).ok;
  const isMain = (await fetch(`http://127.0.0.1:${portsOf(fleet)['v3-1'] ?? 0}${versions}`)).ok;
  return [isMain ? 'main' : '', isEast ? 'east' : ''].join('');
}

const untilPushed = (url: string, expected: string): Promise<unknown> =>
  eventually({ what: `a push at ${url} is ${expected}`, limitMs: 30_000 }, async () =>
    (await push(url)) === expected ? true : undefined,
  );

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-break-glass-'));
  fleet = await startFleet();
  processes = new FleetProcesses(fleet);
  await fleet.registry.datacenters.put('main', {});
  await fleet.registry.datacenters.put('east', {});
  for (const family of ['push', 'v3']) {
    const environment = {
      ...{ FEEDFLEET_DATACENTER: 'east', FEEDFLEET_BALANCER_URL: fleet.url },
      ...{ FEEDFLEET_REGISTRY_TOKEN: secret('operator.token'), FEEDFLEET_FLEET_SECRET: secret('fleet.secret') },
    };
    const options = { family, dataFolder: folder, registryUrl: registryUrlOf(fleet), instance: `east-${family}-1` };
    east.push(await startFamilyProcess({ ...options, environment }));
  }
});
afterAll(async () => {
  await Promise.all(east.map((each) => each.end('SIGTERM')));
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

it('moves the writes past a dead registry, and nothing moves them back but an operator', async () => {
  expect(await push(fleet.url)).toBe('main');
  // A balancer that nobody tells anything: it goes on sending writes where they were.
  const unaware = await startExtraProcess(fleet, {
    ...{ workspace: 'balancer', instance: 'balancer-unaware' },
    environment: { FEEDFLEET_FLEET_SECRET: secret('fleet.secret') },
  });
  const unawareUrl = `http://127.0.0.1:${unaware.port}`;
  try {
    await untilPushed(unawareUrl, 'main');
    const revive = processes.keepDead('registry-1');
    try {
      const told = await outputOf(['failover', '--to', 'east', '--break-glass', '--yes'], place());
      expect(told).toContain('Writes go to east with the epoch 1000');
      expect(told).toContain('has not heard of it');
      await untilPushed(fleet.url, 'east');
      // Whoever had them hears it with the next check, whoever still sends writes there.
      await untilPushed(unawareUrl, '503 FF_FENCED');
      expect(await push(mainPush())).toBe('503 FF_FENCED');
      expect(await push(east[0]?.url ?? '', { 'x-feedfleet-epoch': '1' })).toBe('503 FF_FENCED');
      // It is kept: a restart forgets nothing.
      const former = processes.signal('push-1', 'SIGKILL');
      await processes.untilReplaced('push-1', former);
      await eventually({ what: 'push listens', limitMs: 30_000 }, () =>
        fetch(`${mainPush()}/health/live`).then(
          () => true as const,
          () => undefined,
        ),
      );
      expect(await push(mainPush(), { 'x-feedfleet-epoch': '1' })).toBe('503 FF_FENCED');
    } finally {
      revive();
    }
    await eventually({ what: 'the registry is back', limitMs: 30_000 }, async () => {
      const list = await fleet.registry.datacenters.list().catch(() => []);
      return list.some(({ id, writes, epoch }) => id === 'main' && writes && epoch === 1) ? true : undefined;
    });
    // All processes follow it again when a change of it has arrived everywhere.
    await fleet.registry.feeds.create({ name: 'after' });
    expect(await push(fleet.url)).toBe('east');
    expect(await push(unawareUrl)).toBe('503 FF_FENCED');
    expect(await push(mainPush(), { 'x-feedfleet-epoch': '1' })).toBe('503 FF_FENCED');

    const back = await feedfleet(['failover', '--to', 'main', '--yes'], place());
    expect(back).toMatchObject({ code: 0, out: expect.stringContaining('Writes go to main with the epoch 1001') });
    await untilPushed(fleet.url, 'main');
    await untilPushed(unawareUrl, 'main');
    expect(await push(east[0]?.url ?? '')).toBe('503 FF_FENCED');
  } finally {
    await unaware.stop();
  }
});
