/** The registry gone: what could be served a second ago is still served, also by processes that start without it. */
import { existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { eventually, FleetProcesses, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { FeedClient, OPEN_PATHS, READ_FAMILIES, downloadPath, pathsOf } from './support/feed-client.ts';
import type { PackageName } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';

const FIRST: PackageName = { id: 'Stable.First', version: '1.0.0' };

/** Processes with a snapshot: the six families and the balancer. */
const FOLLOWERS = 7;

let fleet: Fleet;
let processes: FleetProcesses;
let open: FeedClient;
let closed: FeedClient;
let reader: { readonly id: string; readonly secret: string };
let pushed = 0;

async function pushTo(feed: FeedClient): Promise<PackageName> {
  pushed += 1;
  const name = { id: `Stable.P${pushed}`, version: '1.0.0' };
  expect(await feed.push(buildPackage(name))).toMatchObject({ status: 201 });
  return name;
}

/** Statuses of every document of a package on every family, where they are not what was expected. */
async function exceptions(feed: FeedClient, name: PackageName, expected: number): Promise<readonly string[]> {
  const all = READ_FAMILIES.flatMap((family) => pathsOf(family, name));
  const paths = expected === 401 ? all.filter((path) => !OPEN_PATHS.includes(path)) : all;
  const statuses = await Promise.all(paths.map(async (each) => ({ each, ...(await feed.send(each)) })));
  return statuses.filter(({ status }) => status !== expected).map(({ each, status }) => `${status} ${each}`);
}

/** What a process knows is on its disk a second later, beyond what the disk takes: then it may be killed too. */
async function untilKept(change: number): Promise<void> {
  const folder = path.join(fleet.data, 'snapshots');
  await eventually({ what: `change ${change} is on the disk of every process`, limitMs: 5_000 }, () => {
    const files = readdirSync(folder).map((instance) => path.join(folder, instance, 'registry-snapshot.json'));
    const numbers = files.map((file) => Number(/"number":(\d+)/.exec(readFileSync(file, 'utf8'))?.[1]));
    return (numbers.length === FOLLOWERS && numbers.every((number) => number >= change)) || undefined;
  });
}

/** The registry cannot open its database, so that no start succeeds. */
function keepRegistryAway(): void {
  const folder = path.join(fleet.data, 'registry');
  renameSync(folder, `${folder}.away`);
  writeFileSync(folder, 'in the way');
  processes.signal('registry-1', 'SIGKILL');
}

function letRegistryReturn(): void {
  const folder = path.join(fleet.data, 'registry');
  rmSync(folder);
  renameSync(`${folder}.away`, folder);
}

async function expectServiceAsUsual(): Promise<void> {
  expect(await exceptions(open, FIRST, 200)).toEqual([]);
  expect(await exceptions(closed, FIRST, 200)).toEqual([]);
  expect(await exceptions(new FeedClient(closed.url), FIRST, 401)).toEqual([]);
  const fresh = await Promise.all([pushTo(open), pushTo(closed)]);
  expect(await exceptions(open, fresh[0], 200)).toEqual([]);
  expect(await exceptions(closed, fresh[1], 200)).toEqual([]);
}

beforeAll(async () => {
  fleet = await startFleet();
  processes = new FleetProcesses(fleet);
  const { feeds, keys } = fleet.registry;
  await feeds.create({ name: 'Closed', visibility: 'private' });
  const writer = await keys.create({ name: 'writer', feeds: ['main', 'Closed'], scopes: ['read', 'push'] });
  const revocable = await keys.create({ name: 'reader', feeds: ['Closed'], scopes: ['read'] });
  reader = { id: revocable.key.id, secret: revocable.secret };
  open = new FeedClient(`${fleet.url}/F/main`, writer.secret);
  closed = new FeedClient(`${fleet.url}/F/Closed`, writer.secret);
  for (const feed of [open, closed]) expect(await feed.push(buildPackage(FIRST))).toMatchObject({ status: 201 });
  expect(await exceptions(closed, FIRST, 200)).toEqual([]);
  await untilKept(revocable.change.number);
  keepRegistryAway();
});
afterAll(() => fleet.stop());

describe('a fleet whose registry was killed and does not come back', () => {
  it('reads and pushes on, on public and on private feeds', async () => {
    await expectServiceAsUsual();
  });

  it('says so to who wants to change something', async () => {
    await expect(fleet.registry.feeds.create({ name: 'Late' })).rejects.toMatchObject({
      code: 'FF_REGISTRY_UNAVAILABLE',
    });
  });

  it.each(['default', 'v2', 'push', 'v3', 'balancer'])(
    'serves from its last snapshot when %s was killed too',
    async (name) => {
      const killed = processes.signal(`${name}-1`, 'SIGKILL');
      for (const feed of [open, closed]) feed.disconnect();
      await processes.untilReplaced(`${name}-1`, killed);
      await eventually({ what: `${name} answers`, limitMs: 20_000 }, async () => {
        const read = name === 'default' || name === 'v2' || name === 'v3' ? name : 'v2';
        const { status } = await closed.send(downloadPath(read, FIRST));
        const write = await closed.send('/api/v2/package/', { method: 'GET' });
        return (status === 200 && write.status === 405) || undefined;
      });
      await expectServiceAsUsual();
    },
  );

  it('was without its registry all that time', async () => {
    expect(existsSync(path.join(fleet.data, 'registry', 'registry.db'))).toBe(false);
    await expect(fleet.registry.feeds.list()).rejects.toMatchObject({ code: 'FF_REGISTRY_UNAVAILABLE' });
  });
});

describe('the registry is back', () => {
  beforeAll(async () => {
    letRegistryReturn();
    await eventually({ what: 'the registry answers', limitMs: 20_000 }, () => fleet.registry.feeds.list());
  });

  it('and a new feed and a new key work at once', async () => {
    const { change } = await fleet.registry.feeds.create({ name: 'Late', visibility: 'private' });
    expect(change.applied).toEqual({ processes: 7, of: 7 });
    const { secret } = await fleet.registry.keys.create({ name: 'late', feeds: ['Late'], scopes: ['read', 'push'] });
    const late = new FeedClient(`${fleet.url}/F/Late`, secret);
    expect(await exceptions(late, await pushTo(late), 200)).toEqual([]);
  });

  it('and a revoked key is refused at once on every family', async () => {
    const feed = new FeedClient(closed.url, reader.secret);
    expect(await exceptions(feed, FIRST, 200)).toEqual([]);
    await fleet.registry.keys.revoke(reader.id);
    expect(await exceptions(feed, FIRST, 403)).toEqual([]);
    expect(await feed.push(buildPackage(FIRST))).toMatchObject({ status: 403 });
  });
});
