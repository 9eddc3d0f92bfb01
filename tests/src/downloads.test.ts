/** Download counts over a whole fleet: what every family counted is there after its clean end, and all protocols tell the same. */
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openEmbeddedStore } from '@feedfleet/store';
import { eventually, FleetProcesses, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { downloadPath, FeedClient, READ_FAMILIES } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';

const NAME = { id: 'Counted', version: '1.0.0' };
const MAX_INT32 = 2_147_483_647;

let fleet: Fleet;
let feed: FeedClient;
beforeAll(async () => {
  // Nothing is flushed by the clock: what is seen was brought to the store by a drain.
  fleet = await startFleet({
    environment: { FEEDFLEET_DOWNLOAD_FLUSH_MS: '3600000', FEEDFLEET_DOWNLOAD_REVEAL_MS: '0' },
  });
  feed = new FeedClient(`${fleet.url}/F/main`, fleet.adminKey);
  for (const version of [NAME.version, '2.0.0']) {
    expect(await feed.push(buildPackage({ id: NAME.id, version }))).toMatchObject({ status: 201 });
  }
});
afterAll(() => fleet.stop());

interface Counts {
  readonly version: number;
  readonly total: number;
}

async function countsOfV2(mount: '' | '/api/v2'): Promise<Counts> {
  const { text } = await feed.send(`${mount}/Packages(Id='${NAME.id}',Version='${NAME.version}')`);
  const count = (property: string): number =>
    Number(new RegExp(`<d:${property}[^>]*>(\\d+)</d:${property}>`).exec(text)?.[1]);
  return { version: count('VersionDownloadCount'), total: count('DownloadCount') };
}

interface SearchResult {
  readonly totalDownloads: number;
  readonly versions: readonly { readonly version: string; readonly downloads: number }[];
}

async function countsOfV3(): Promise<Counts> {
  const { text } = await feed.send(`/api/v3/query?q=${NAME.id}`);
  const [found] = (JSON.parse(text) as { readonly data: readonly SearchResult[] }).data;
  const version = found?.versions.find((each) => each.version === NAME.version)?.downloads ?? NaN;
  return { version, total: found?.totalDownloads ?? NaN };
}

const everywhere = (): Promise<readonly Counts[]> => Promise.all([countsOfV2(''), countsOfV2('/api/v2'), countsOfV3()]);

const untilServed = (family: (typeof READ_FAMILIES)[number]): Promise<true> =>
  eventually({ what: `${family} serves again`, limitMs: 20_000 }, async () =>
    (await feed.send(downloadPath(family, NAME), { method: 'HEAD' })).status === 200 ? true : undefined,
  );

describe('downloads', () => {
  it('that a family has counted are there after its SIGTERM, and are the same in every protocol', async () => {
    const processes = new FleetProcesses(fleet);
    for (const [index, family] of READ_FAMILIES.entries()) {
      for (const version of ['1.0.0', '1.0.0', '1.0.0', '2.0.0']) {
        expect(await feed.send(downloadPath(family, { ...NAME, version }))).toMatchObject({ status: 200 });
      }
      const instance = `${family}-1`;
      const id = processes.idOf(instance) ?? 0;
      process.kill(id, 'SIGTERM');
      await processes.untilReplaced(instance, id);
      feed.disconnect();
      await untilServed(family);
      const counts = { version: 3 * (index + 1), total: 4 * (index + 1) };
      expect(await everywhere()).toEqual([counts, counts, counts]);
    }
  });

  it('that do not fit into 32 bits are told as the largest number that does, but for v3', async () => {
    const folder = path.join(fleet.data, 'store');
    const store = await openEmbeddedStore({ folder, instance: 'counting', readOnly: true });
    const feedId = (await fleet.registry.feeds.get('main')).id;
    const versionKey = (await store.metadata.version(feedId, NAME.id, NAME.version))?.key ?? 0;
    await store.downloads.add([{ versionKey, downloads: 3_000_000_000 }]);
    await store.downloads.reveal(0);
    store.close();
    const v2 = { version: MAX_INT32, total: MAX_INT32 };
    const version = 3_000_000_000 + 3 * READ_FAMILIES.length;
    expect(await everywhere()).toEqual([v2, v2, { version, total: version + READ_FAMILIES.length }]);
  });
});
