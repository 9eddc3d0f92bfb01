/** While the push process is dead, other families' processes take pushes at a word of an operator, by the same rules. */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually, FleetProcesses, portsOf, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';

import { exchange } from './support/exchange.ts';
import type { Exchange } from './support/exchange.ts';
import { FeedClient } from './support/feed-client.ts';
import { outputOf } from './support/feedfleet-command.ts';
import { buildPackage } from './support/package-builder.ts';

const PIECES = 40;
const PIECE_MS = 50;

let fleet: Fleet;
let processes: FleetProcesses;
let folder: string;
let client: FeedClient;

const command = (...args: readonly string[]): Promise<string> =>
  outputOf(args, { environment: { FEEDFLEET_DATA: fleet.data }, workingFolder: folder });
const servedBy = ({ headers }: Exchange): string => String(headers['x-feedfleet-served-by'] ?? '');

async function whilePushIsDead(act: () => Promise<void>): Promise<void> {
  const revive = processes.keepDead('push-1');
  try {
    await act();
  } finally {
    revive();
  }
}

async function untilServedBy(family: string): Promise<void> {
  await eventually({ what: `push is served by ${family || 'its own'}`, limitMs: 30_000 }, async () => {
    const answer = await client.remove({ id: 'Nobody', version: '1.0.0' });
    return answer.status === 404 && servedBy(answer) === family ? true : undefined;
  });
}

async function* slowly(content: Buffer, onFirst: () => void): AsyncGenerator<Buffer> {
  const size = Math.ceil(content.length / PIECES);
  for (let from = 0; from < content.length; from += size) {
    yield content.subarray(from, from + size);
    await delay(PIECE_MS);
    onFirst();
  }
}

/** @returns when its first bytes have gone, with what it ends with. */
async function beginPush(id: string): Promise<{ readonly ended: Promise<number> }> {
  const underWay = Promise.withResolvers<undefined>();
  const ended = fetch(`${client.url}/api/v2/package/`, {
    method: 'PUT',
    headers: { 'x-nuget-apikey': fleet.adminKey, 'content-type': 'application/octet-stream' },
    body: Readable.toWeb(Readable.from(slowly(buildPackage({ id }), () => underWay.resolve(undefined)))),
    duplex: 'half',
  }).then(
    async (response) => {
      await response.arrayBuffer();
      return response.status;
    },
    () => 0,
  );
  await underWay.promise;
  return { ended };
}

const metricsOf = async (instance: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${portsOf(fleet)[instance]}/metrics`)).text();

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-push-reroutes-'));
  fleet = await startFleet();
  processes = new FleetProcesses(fleet);
  client = new FeedClient(`${fleet.url}/F/main`, fleet.adminKey);
});
afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(async () => {
  await command('reroute', 'clear', '--all');
  await untilServedBy('');
});

describe('a push that is rerouted', () => {
  it('leaves a process that takes none as it was', async () => {
    expect(await metricsOf('default-1')).not.toContain('feedfleet_pushes_total');
  });

  it.each(['default', 'v1', 'v2', 'v3', 'symbols'])('is taken by %s, by the same rules', async (to) => {
    const name = { id: `By.${to}`, version: '1.0.0' };
    await fleet.registry.feeds.create({ name: `full-${to}`, quotaPackages: 1 });
    await whilePushIsDead(async () => {
      await command('reroute', 'set', 'push', '--to', to);
      await untilServedBy(to);
      expect(await client.push(buildPackage(name))).toMatchObject({ status: 201 });
      expect(await client.push(buildPackage(name))).toMatchObject({ status: 409 });
      expect(await new FeedClient(client.url).push(buildPackage({ id: 'No.Key' }))).toMatchObject({ status: 401 });
      expect(await client.push(Buffer.from('no package'))).toMatchObject({ status: 400 });
      const full = new FeedClient(`${fleet.url}/F/full-${to}`, fleet.adminKey);
      expect(await full.push(buildPackage({ id: 'One' }))).toMatchObject({ status: 201 });
      expect(await full.push(buildPackage({ id: 'Two' }))).toMatchObject({ status: 403 });
      expect(await client.send(`/api/v3/flat/by.${to}/index.json`)).toMatchObject({ status: 200 });
      expect(await client.remove(name)).toMatchObject({ status: 200 });
      expect((await client.send(`/api/v3/query?q=By.${to}`)).body.toString()).toContain('"totalHits":0');
      expect(await client.relist(name)).toMatchObject({ status: 200 });
      expect((await client.send(`/api/v3/query?q=By.${to}`)).body.toString()).toContain('"totalHits":1');
      expect(await client.send('/api/manage/retention')).toMatchObject({ status: 200 });
    });
    await command('reroute', 'clear', 'push');
    await untilServedBy('');
    expect(await client.push(buildPackage(name))).toMatchObject({ status: 409 });
    expect(await metricsOf(`${to}-1`)).toContain('feedfleet_pushes_total');
  });

  it('ends as it began while reroutes are set and cleared, and each is taken once', async () => {
    const pushes: { readonly id: string; readonly ended: Promise<number> }[] = [];
    const begin = async (id: string): Promise<void> => void pushes.push({ id, ...(await beginPush(id)) });
    await begin('Under.Way.0');
    for (const [turn, to] of ['default', 'v2'].entries()) {
      await command('reroute', 'set', 'push', '--to', to);
      await untilServedBy(to);
      await begin(`Under.Way.${turn * 2 + 1}`);
      await command('reroute', 'clear', 'push');
      await untilServedBy('');
      await begin(`Under.Way.${turn * 2 + 2}`);
    }
    expect(await Promise.all(pushes.map(({ ended }) => ended))).toEqual(pushes.map(() => 201));
    for (const { id } of pushes) {
      const { body } = await client.send(`/api/v3/flat/${id.toLowerCase()}/index.json`);
      expect(JSON.parse(body.toString())).toEqual({ versions: ['1.0.0'] });
    }
  });

  it('leaves nothing behind when the process that stands in is killed in the middle of it', async () => {
    await command('reroute', 'set', 'push', '--to', 'default');
    await untilServedBy('default');
    const staging = path.join(fleet.data, 'store/staging/_push.default-1');
    const { ended } = await beginPush('Cut.Off');
    await eventually({ what: 'it is staged', limitMs: 5_000 }, () => (existsSync(staging) ? true : undefined));
    const former = processes.signal('default-1', 'SIGKILL');
    expect([0, 502]).toContain(await ended);
    await processes.untilReplaced('default-1', former);
    await command('reroute', 'clear', 'push');
    await untilServedBy('');
    // It opens by itself what its predecessor had open, takes back what was left, and has nothing staged then.
    const again = processes.idOf('default-1') ?? 0;
    await eventually({ what: 'it has taken back what was left', limitMs: 20_000 }, async () =>
      (await metricsOf('default-1').catch(() => '')).includes('feedfleet_pushes_total') ? true : undefined,
    );
    process.kill(again, 'SIGTERM');
    await eventually({ what: 'nothing is left', limitMs: 20_000 }, () => (existsSync(staging) ? undefined : true));
    expect(await client.send('/api/v3/flat/cut.off/index.json')).toMatchObject({ status: 404 });
  });

  it('is fenced as in its own process', async () => {
    const { datacenters } = fleet.registry;
    await datacenters.put('main', { title: 'Main', position: 0 });
    await datacenters.put('other', { title: 'Other', position: 1 });
    const pushAt = (epoch: string) =>
      exchange(`http://127.0.0.1:${portsOf(fleet)['v2-1']}/F/main/api/v2/package/`, {
        method: 'PUT',
        headers: {
          ...{ 'x-feedfleet-family': 'push', 'x-feedfleet-epoch': epoch, 'x-nuget-apikey': fleet.adminKey },
          'content-type': 'application/octet-stream',
        },
        body: buildPackage({ id: 'Fenced', version: `1.0.${epoch}` }),
      });
    // Answered when all processes know.
    const failOver = async (to: string): Promise<number> => (await datacenters.failover({ to })).datacenter.epoch;
    const elsewhere = await failOver('other');
    expect(await pushAt(String(elsewhere))).toMatchObject({ status: 503 });
    const here = await failOver('main');
    expect(await pushAt(String(elsewhere))).toMatchObject({ status: 503 });
    expect(await pushAt(String(here))).toMatchObject({ status: 201 });
  });
});
