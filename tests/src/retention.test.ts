/** Retention in a running fleet: by itself, by the command line, and through the death of the process that does it. */
import { eventually, FleetProcesses, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tmpdir } from 'node:os';

import { FeedClient } from './support/feed-client.ts';
import { documentOf } from './support/feedfleet-command.ts';
import { buildPackage } from './support/package-builder.ts';

let fleet: Fleet;
let processes: FleetProcesses;

beforeAll(async () => {
  fleet = await startFleet({ environment: { FEEDFLEET_RETENTION_REST_MS: '200' } });
  processes = new FleetProcesses(fleet);
});
afterAll(() => fleet.stop());

const feedfleet = (...args: readonly string[]) =>
  documentOf(args, {
    environment: { FEEDFLEET_DATA: fleet.data, FEEDFLEET_API_KEY: fleet.adminKey },
    workingFolder: tmpdir(),
  });

async function feedWith(name: string, packages: readonly Parameters<typeof buildPackage>[0][]): Promise<FeedClient> {
  await fleet.registry.feeds.create({ name, visibility: 'public' });
  const client = new FeedClient(`${fleet.url}/F/${name}`, fleet.adminKey);
  await Promise.all(packages.map((each) => push(client, each)));
  return client;
}

async function push(client: FeedClient, options: Parameters<typeof buildPackage>[0]): Promise<void> {
  expect((await client.push(buildPackage(options))).status).toBe(201);
}

/** As each protocol tells it. */
async function versionsOn(client: FeedClient, id: string): Promise<readonly (readonly string[])[]> {
  const flat = await client.send(`/api/v3/flat/${id.toLowerCase()}/index.json`);
  const v3 = flat.status === 404 ? [] : (JSON.parse(flat.text) as { readonly versions: readonly string[] }).versions;
  const v2 = (await client.send(`/api/v2/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`)).text;
  return [v3, [...v2.matchAll(/<d:NormalizedVersion>([^<]*)</g)].map((match) => match[1] ?? '')];
}

const both = (...versions: string[]) => [versions, versions];

/** The fleet works by itself: what it has not done yet is waited for. */
async function untilBoth(client: FeedClient, id: string, versions: readonly string[]): Promise<void> {
  await eventually({ what: `${id} has ${versions.join()}`, limitMs: 30_000 }, async () => {
    expect(await versionsOn(client, id)).toEqual(both(...versions));
    return true;
  });
}

describe('the retention of a feed', () => {
  it('is kept by the fleet itself, on every protocol, and spares what is pinned or depended on', async () => {
    const core = ['1.0.0', '1.1.0', '1.2.0', '2.0.0', '3.0.0'].map((version) => ({ id: 'Core', version }));
    const app = { id: 'App', version: '1.0.0', dependencies: { '': [{ id: 'Core', version: '[1.1.0,2.0.0)' }] } };
    const client = await feedWith('Kept', [...core, app]);
    await feedfleet('pin', 'core', '1.0', '--feed', 'kept', '--note', 'billing');
    await feedfleet('feed', 'set', 'kept', '--keep-stable', '1');
    await untilBoth(client, 'Core', ['1.0.0', '1.1.0', '3.0.0']);
    expect((await feedfleet('pins', '--feed', 'kept')).pins).toMatchObject([{ id: 'Core', note: 'billing' }]);
    await feedfleet('unpin', 'Core', '1.0.0', '--feed', 'kept');
    await untilBoth(client, 'Core', ['1.1.0', '3.0.0']);
    await push(client, { id: 'Core', version: '4.0.0' });
    await untilBoth(client, 'Core', ['1.1.0', '4.0.0']);
  });

  it('is told before it is done', async () => {
    const client = await feedWith('Told', [
      { id: 'A', version: '1.0.0' },
      { id: 'A', version: '2.0.0' },
    ]);
    expect(await feedfleet('retention', 'preview', '--feed', 'told')).toMatchObject({ removed: { count: 0 } });
    expect(await feedfleet('retention', 'run', '--feed', 'told')).toMatchObject({
      policy: { keepStable: null },
      removed: { count: 0 },
      isComplete: true,
    });
    expect(await versionsOn(client, 'A')).toEqual(both('1.0.0', '2.0.0'));
  });

  it('is for managers alone', async () => {
    const client = await feedWith('Managed', [{ id: 'A', version: '1.0.0' }]);
    const { secret } = await fleet.registry.keys.create({ name: 'p', feeds: ['managed'], scopes: ['push', 'delete'] });
    const pusher = new FeedClient(`${fleet.url}/F/Managed`, secret);
    const nobody = new FeedClient(`${fleet.url}/F/Managed`);
    for (const path of ['/api/manage/retention', '/api/manage/pins']) {
      expect(await pusher.send(path)).toMatchObject({ status: 403 });
      expect(await nobody.send(path)).toMatchObject({ status: 401 });
      expect(await client.send(path)).toMatchObject({ status: 200 });
      expect(await client.send(path, { method: 'DELETE' })).toMatchObject({ status: 405 });
    }
    expect(await client.send('/api/manage/nothing')).toMatchObject({ status: 404 });
    const pins = '/api/manage/pins/A';
    expect(await client.send(`${pins}/9.0.0`, { method: 'PUT' })).toMatchObject({ status: 404 });
    expect(await client.send(`${pins}/x`, { method: 'PUT' })).toMatchObject({ status: 404 });
    const wrong = await client.send(`${pins}/1.0.0`, { method: 'PUT', body: Buffer.from('{"note":7}') });
    expect(wrong).toMatchObject({ status: 400 });
    expect(wrong.text).toContain('note: expected string, got 7');
  });

  it('is finished after the process that keeps it was killed in the middle, and loses nothing else', async () => {
    const versions = Array.from({ length: 300 }, (_, index) => ({ id: 'Many', version: `1.0.${index}` }));
    const client = await feedWith('Killed', versions);
    await feedfleet('feed', 'set', 'killed', '--keep-stable', '3');
    await eventually({ what: 'the first are gone', limitMs: 20_000 }, async () => {
      const [flat = []] = await versionsOn(client, 'Many');
      return flat.length < 300 ? true : undefined;
    });
    processes.signal('push-1', 'SIGKILL');
    await untilBoth(client, 'Many', ['1.0.297', '1.0.298', '1.0.299']);
    const file = await client.send('/api/v3/flat/many/1.0.299/many.1.0.299.nupkg');
    expect(file.status).toBe(200);
  });
});
