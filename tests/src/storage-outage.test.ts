/** A whole fleet whose package files are in a storage of objects, which goes away and comes back. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startAzurite } from '@feedfleet/test-storage';
import type { TestStorage } from '@feedfleet/test-storage';
import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { downloadPath, FeedClient, READ_FAMILIES } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';

const HOT = { id: 'Hot', version: '1.0.0' };
const COLD = { id: 'Cold', version: '1.0.0' };

let azurite: TestStorage;
let data: string;
let fleet: Fleet;
let feed: FeedClient;

const start = (): Promise<Fleet> =>
  startFleet({
    data,
    environment: {
      FEEDFLEET_STORAGE: 'azure',
      FEEDFLEET_STORAGE_URL: azurite.url,
      FEEDFLEET_STORAGE_CONTAINER: azurite.container,
      FEEDFLEET_STORAGE_CA_FILE: azurite.caFile,
      FEEDFLEET_STORAGE_TIMEOUT_MS: '1000',
      ...azurite.environment,
    },
  });

beforeAll(async () => {
  azurite = await startAzurite();
  data = await mkdtemp(path.join(tmpdir(), 'feedfleet-stored-'));
  fleet = await start();
  feed = new FeedClient(`${fleet.url}/F/main`, fleet.adminKey);
});
afterAll(async () => {
  await fleet.stop();
  await azurite.dispose();
  await rm(data, { recursive: true });
});

const push = (name: typeof HOT): ReturnType<FeedClient['push']> => feed.push(buildPackage(name));
const download = (name: typeof HOT, family: (typeof READ_FAMILIES)[number] = 'v3'): ReturnType<FeedClient['send']> =>
  feed.send(downloadPath(family, name));

describe('a fleet with its package files in a storage', () => {
  it('finds them there after a restart, and has none in the data folder', async () => {
    for (const name of [HOT, COLD]) expect(await push(name)).toMatchObject({ status: 201 });
    expect(await azurite.keys()).toHaveLength(2);
    expect(await readdir(path.join(data, 'store', 'blobs'))).toEqual([]);
    const key = fleet.adminKey;
    await fleet.stop();
    await rm(path.join(data, 'storage-cache'), { recursive: true });
    fleet = await start();
    feed = new FeedClient(`${fleet.url}/F/main`, key);
    for (const family of READ_FAMILIES) expect(await download(HOT, family)).toMatchObject({ status: 200 });
  });

  it('serves what it served before while the storage is gone, refuses the rest by its name, and needs no restart', async () => {
    await azurite.stop();
    for (let round = 0; round < 10; round += 1) {
      expect(await download(HOT)).toMatchObject({ status: 200 });
      const refused = await download(COLD);
      expect(refused).toMatchObject({ status: 503, headers: { 'x-feedfleet-fault': 'storage' } });
      expect(JSON.parse(refused.text)).toMatchObject({ code: 'FF_STORAGE_UNAVAILABLE' });
      const pushed = await push({ id: 'New', version: '1.0.0' });
      expect(pushed).toMatchObject({ status: 503, headers: { 'x-feedfleet-fault': 'storage' } });
      expect(Number(pushed.headers['retry-after'])).toBeGreaterThan(0);
    }
    // The family is not ejected for the silence of its storage: metadata and searches go on.
    expect(await feed.send('/api/v3/query?q=Cold')).toMatchObject({ status: 200 });
    expect(await feed.send('/api/v3/flat/cold/index.json')).toMatchObject({ status: 200 });
    await azurite.start();
    await eventually({ what: 'a push is taken again', limitMs: 20_000 }, async () =>
      (await push({ id: 'New', version: '1.0.0' })).status === 201 ? true : undefined,
    );
    for (const name of [COLD, { id: 'New', version: '1.0.0' }]) {
      await eventually({ what: `${name.id} is served again`, limitMs: 20_000 }, async () =>
        (await download(name)).status === 200 ? true : undefined,
      );
    }
  });
});
