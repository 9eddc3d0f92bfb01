/** Two machines' worth of processes on one registry: each has its own ids, both serve, and one that dies costs no request. */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { eventually, portsOf, registryUrlOf, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { FeedClient } from './support/feed-client.ts';
import { outputOf } from './support/feedfleet-command.ts';

const FAMILIES = ['default', 'push', 'symbols', 'v1', 'v2', 'v3'];

/** As good as another machine's, on Linux. */
const ADDRESS = '127.0.0.2';

let first: Fleet;
let second: Fleet;
let folder: string;
let data: string;

const command = (fleet: Fleet, ...args: readonly string[]): Promise<string> =>
  outputOf(args, { environment: { FEEDFLEET_DATA: fleet.data }, workingFolder: folder });
const idsOf = async (): Promise<readonly string[]> =>
  (await first.registry.instances.list()).map(({ id }) => id).sort((one, other) => (one < other ? -1 : 1));
const client = (fleet: Fleet): FeedClient => new FeedClient(`${fleet.url}/F/main`);

/** The instances that a balancer has had answers of. */
async function answeredBy(fleet: Fleet): Promise<ReadonlySet<string>> {
  const metrics = await (await fetch(`http://127.0.0.1:${portsOf(fleet)['balancer-1.ops']}/metrics`)).text();
  const lines = metrics.matchAll(/^feedfleet_balancer_attempts_total\{([^}]*)\} [1-9]/gm);
  return new Set([...lines].map(([, labels = '']) => /target="([^"]*)"/.exec(labels)?.[1] ?? ''));
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-supervisors-'));
  data = path.join(folder, 'data');
  first = await startFleet();
  await cp(path.join(first.data, 'secrets'), path.join(data, 'secrets'), { recursive: true });
  second = await startFleet({
    data,
    environment: {
      ...{ FEEDFLEET_JOIN_REGISTRY: registryUrlOf(first), FEEDFLEET_MACHINE: 'two' },
      FEEDFLEET_INSTANCE_HOST: ADDRESS,
    },
  });
});
afterAll(async () => {
  await second.stop();
  await first.stop();
  await rm(folder, { recursive: true, force: true });
});

it('has the instances of both, each under an id and an address of its own', async () => {
  const wanted = FAMILIES.flatMap((family) => [`${family}-1`, `two.${family}-1`]);
  expect(await idsOf()).toEqual(wanted.sort((one, other) => (one < other ? -1 : 1)));
  const instances = await first.registry.instances.list();
  expect(new Set(instances.map(({ url }) => url)).size).toBe(instances.length);
  const [own] = instances.filter(({ id }) => id === 'two.v3-1');
  expect(new URL(own?.url ?? '').hostname).toBe(ADDRESS);
});

it('serves requests by both, from both balancers, and tells both what operators decide', async () => {
  for (const fleet of [first, second]) {
    await eventually({ what: 'both instances are asked', limitMs: 30_000 }, async () => {
      expect(await client(fleet).send('/api/v3/index.json')).toMatchObject({ status: 200 });
      const answered = await answeredBy(fleet);
      return answered.has('v3-1') && answered.has('two.v3-1') ? true : undefined;
    });
  }
  await command(first, 'quarantine', 'add', 'main', '--reason', 'a test');
  for (const fleet of [first, second]) {
    expect(await command(fleet, 'quarantine', 'list', '--break-glass')).toMatch(/^main .* registry +a test/m);
  }
  await command(first, 'quarantine', 'remove', 'main');
});

it('loses no request when one supervisor is killed: its processes take their leave', async () => {
  const failures: string[] = [];
  const over = new AbortController();
  const asking = [1, 2, 3].map(async () => {
    const asked = client(first);
    while (!over.signal.aborted) {
      const { status, reason } = await asked.send('/api/v3/index.json');
      if (status !== 200) failures.push(`${status} ${reason}`);
      await delay(10);
    }
  });
  try {
    second.supervisor.kill('SIGKILL');
    await eventually({ what: 'the instances of the second machine are gone', limitMs: 60_000 }, async () =>
      (await idsOf()).some((id) => id.startsWith('two.')) ? undefined : true,
    );
    await delay(1_000);
  } finally {
    over.abort();
    await Promise.all(asking);
  }
  expect(failures).toEqual([]);
  expect(await idsOf()).toEqual(FAMILIES.map((family) => `${family}-1`));
});
