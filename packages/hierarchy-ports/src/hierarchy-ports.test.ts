/** Merged versions against the store that they were read from: the same question has the same answer. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FeedHierarchy, MergedVersion } from '@feedfleet/aggregation';
import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore, ScannedVersion, ScannedVersions, StoredVersion, VersionSource } from '@feedfleet/store';
import fc from 'fast-check';

import { sampleVersion } from '../../store/src/sample-packages.ts';
import { hierarchyPorts } from './hierarchy-ports.ts';
import type { HierarchyPorts } from './hierarchy-ports.ts';

const FEED = 'main';
const IDS = ['alpha', 'beta', 'gamma'];
const VERSIONS = ['1.0.0-rc.1', '1.0.0', '1.2.0-beta', '1.10.0+meta', '2.0', '2.0.1-a.1', '3.0.0-b'];

let folder: string;
let store: EmbeddedStore;
let ports: HierarchyPorts;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-ports-'));
  store = await openEmbeddedStore({ folder, instance: 'test' });
  for (const [place, id] of IDS.entries()) {
    for (const version of VERSIONS.slice(place)) {
      const added = sampleVersion({ id, version, title: `${id} ${version}`, tags: ['a', version] });
      await store.metadata.intendBlob(added.sha512, 'test');
      await store.metadata.addVersion(FEED, added, 'test');
    }
  }
  await store.metadata.setListed(FEED, 'beta', '2.0.0', false);
  ports = hierarchyPorts(hierarchyOf(store));
});

afterAll(async () => {
  store.close();
  await rm(folder, { recursive: true, force: true });
});

/** One source, the store itself: only what the ports ask by id. */
function hierarchyOf({ versionScan }: EmbeddedStore): FeedHierarchy {
  const unasked = () => Promise.reject(new Error('asked for more than versions'));
  return {
    versions: async (ids: readonly string[]) => {
      const named = { kind: 'named', ids: [...ids].toSorted() } as const;
      const all = {
        order: 'id',
        descending: false,
        newestFirst: false,
        ids: named,
        versions: { kind: 'all' },
      } as const;
      const { rows } = await versionScan.scan(FEED, all, { after: null, limit: 1000 });
      return Map.groupBy(rows.map(mergedOf), ({ id }) => id.toLowerCase());
    },
    search: unasked,
    complete: unasked,
    page: unasked,
    content: unasked,
  } as unknown as FeedHierarchy;
}

function mergedOf(row: ScannedVersion): MergedVersion {
  const { id, version, normalizedVersion, sortKey, isPrerelease, isSemVer2, listed, created, lastEdited } = row;
  const { downloads, totalDownloads, sizeBytes, sha512, metadata } = row;
  const { isLatest, isAbsoluteLatest, isLatestSemVer2, isAbsoluteLatestSemVer2 } = row;
  return {
    ...{ id, version, normalizedVersion, sortKey, isPrerelease, isSemVer2, listed, created, lastEdited },
    ...{ downloads, totalDownloads, sizeBytes, sha512, metadata, deprecation: null, vulnerabilities: [] },
    ...{ isLatest, isAbsoluteLatest, isLatestSemVer2, isAbsoluteLatestSemVer2, key: -row.key, from: 0 },
  };
}

const nameOf = ({ id, version, isLatest, isAbsoluteLatest, title, tags }: ScannedVersion) =>
  [id, version, isLatest, isAbsoluteLatest, title, tags].join(' ');

const scannedVersions: fc.Arbitrary<ScannedVersions> = fc.oneof(
  fc.constant({ kind: 'all' } as const),
  fc.constant({ kind: 'all', from: '01' } as const),
  fc.record({ kind: fc.constant('latest' as const), includePrerelease: fc.boolean(), includeSemVer2: fc.boolean() }),
);

const namedSources: fc.Arbitrary<VersionSource> = fc.record({
  order: fc.constant('id' as const),
  descending: fc.boolean(),
  newestFirst: fc.boolean(),
  ids: fc
    .uniqueArray(fc.constantFrom(...IDS, 'absent'), { minLength: 1 })
    .map((ids) => ({ kind: 'named' as const, ids: ids.toSorted() })),
  versions: scannedVersions,
});

async function walked(scan: HierarchyPorts['versionScan'], source: VersionSource, limit: number): Promise<unknown> {
  const rows: ScannedVersion[] = [];
  let after = null;
  do {
    const chunk = await scan.scan(FEED, source, { after, limit });
    expect(chunk.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...chunk.rows);
    after = chunk.next;
  } while (after !== null);
  const complete = await scan.scanned(rows.map(({ key }) => key));
  expect(complete.map(nameOf)).toEqual(rows.map(nameOf));
  return rows.map(nameOf);
}

describe('merged versions', () => {
  it('are scanned in the same order as stored ones, from any place on', async () => {
    await fc.assert(
      fc.asyncProperty(namedSources, fc.integer({ min: 1, max: 30 }), async (source, limit) => {
        expect(await walked(ports.versionScan, source, limit)).toEqual(await walked(store.versionScan, source, limit));
      }),
    );
  });

  it('have the same pages, ranges and names', async () => {
    const range = { skip: 1, limit: 3, fragment: 'v3-leaf' } as const;
    const named = ({ version }: StoredVersion) => version;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('Alpha', 'beta', 'absent'),
        fc.integer({ min: 1, max: 4 }),
        fc.record({ includeUnlisted: fc.boolean(), includePrerelease: fc.boolean(), includeSemVer2: fc.boolean() }),
        async (id, size, filter) => {
          const bounds = { ...range, ...filter, lower: '1.0.0', upper: size === 1 ? null : '2.0.0' };
          const [mine, stored] = [ports.versionPages, store.versionPages];
          expect(await mine.names(FEED, id, filter)).toEqual(await stored.names(FEED, id, filter));
          expect((await mine.versionsIn(FEED, id, bounds)).map(named)).toEqual(
            (await stored.versionsIn(FEED, id, bounds)).map(named),
          );
          const shape = ({ count, lower, upper }: { count: number; lower: string; upper: string }) => [
            count,
            lower,
            upper,
          ];
          const pages = { ...filter, size };
          expect((await mine.pages(FEED, id, pages)).map(shape)).toEqual(
            (await stored.pages(FEED, id, pages)).map(shape),
          );
        },
      ),
    );
  });

  it('are found by any spelling of their version', async () => {
    expect(await ports.metadata.version(FEED, 'ALPHA', '2.0.0')).toMatchObject({ id: 'alpha', version: '2.0' });
    expect(await ports.metadata.version(FEED, 'alpha', '1.10.0')).toMatchObject({ version: '1.10.0+meta' });
    expect(await ports.metadata.version(FEED, 'alpha', '9.0.0')).toBeUndefined();
  });

  it('are not scanned without ids', async () => {
    const source = { order: 'downloads', versions: { kind: 'all' } } as const;
    await expect(ports.versionScan.scan(FEED, source, { after: null, limit: 1 })).rejects.toMatchObject({
      code: 'FF_INVALID_ARGUMENT',
    });
  });
});
