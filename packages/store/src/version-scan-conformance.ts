/** What every implementation of the scan port does. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MetadataStore } from './metadata-store.ts';
import { sampleVersion, sha512Of } from './sample-packages.ts';
import { OWNER, publish } from './store-under-test.ts';
import type { ScanPosition, ScannedVersion, SubstringMatch, VersionScan, VersionSource } from './version-scan.ts';

export interface VersionScanUnderTest {
  readonly store: MetadataStore;
  readonly scan: VersionScan;
  readonly setDownloads: (id: string, downloads: number) => void;
  readonly dispose: () => Promise<void>;
}

const IDS = ['b', 'A', 'c.lib', 'A.core', 'd'];
const VERSIONS = ['1.10.0', '1.9.0', '2.0.0-rc', '2.0.0+meta'];
const ALL = { kind: 'all' } as const;
const LATEST = [false, true].flatMap((includePrerelease) =>
  [false, true].map((includeSemVer2) => ({ kind: 'latest' as const, includePrerelease, includeSemVer2 })),
);

let tested: VersionScanUnderTest;

/** Five ids with four versions each, two of which were pushed at one instant; `d` has none that is listed. */
async function pushAll(): Promise<void> {
  for (const [column, version] of VERSIONS.entries()) {
    for (const [row, id] of IDS.entries()) {
      const created = `2026-01-0${1 + ((row + column) % 5)}T00:00:00.000Z`;
      const added = sampleVersion({ id, version, tags: [`tag${row}`, 'all'], title: `Title ${id}` }, { created });
      await publish(tested.store, 'f', added, OWNER);
      await publish(tested.store, 'other', sampleVersion({ id: `x${id}`, version }), OWNER);
    }
  }
  for (const version of ['1.10.0', '1.9.0', '2.0.0-rc', '2.0.0'])
    await tested.store.setListed('f', 'd', version, false);
  for (const [id, downloads] of [
    ['A', 5],
    ['b', 9],
    ['c.lib', 5],
  ] as const)
    tested.setDownloads(id, downloads);
}

async function allOf(source: VersionSource, limit: number): Promise<readonly ScannedVersion[]> {
  const rows: ScannedVersion[] = [];
  let after: ScanPosition | null = null;
  for (let chunks = 0; chunks < 100; chunks += 1) {
    const chunk = await tested.scan.scan('f', source, { after, limit });
    expect(chunk.rows.length).toBeLessThanOrEqual(limit);
    rows.push(...chunk.rows);
    if (chunk.next === null) return rows;
    expect(chunk.examined).toBeGreaterThan(0);
    after = chunk.next;
  }
  throw new Error('a scan that does not end');
}

const nameOf = ({ id, version }: { readonly id: string; readonly version: string }): string => `${id} ${version}`;

/** What a source has to give, made from plain lists of the port next door. */
async function expectedOf(source: VersionSource): Promise<readonly string[]> {
  const everything = { text: '', includeUnlisted: true, skip: 0, take: 1000 } as const;
  const { versions } = await tested.store.list('f', {
    ...everything,
    ...{ versions: 'all', includePrerelease: true, includeSemVer2: true },
  });
  const within = 'versions' in source ? source.versions : ALL;
  const rows = versions.filter((row) => {
    if (within.kind === 'all') return true;
    if (within.includeSemVer2) return within.includePrerelease ? row.isAbsoluteLatestSemVer2 : row.isLatestSemVer2;
    return within.includePrerelease ? row.isAbsoluteLatest : row.isLatest;
  });
  const sign = 'descending' in source && source.descending ? -1 : 1;
  switch (source.order) {
    case 'id': {
      const { ids, newestFirst } = source;
      const chosen = rows.filter(({ id }) => {
        if (ids.kind === 'all') return true;
        return ids.kind === 'prefix' ? id.toLowerCase().startsWith(ids.prefix) : ids.ids.includes(id.toLowerCase());
      });
      const place = new Map(chosen.map((row, index) => [row, newestFirst ? -index : index]));
      return sorted(chosen, (a, b) => sign * compare(a.id.toLowerCase(), b.id.toLowerCase()) || diff(place, a, b));
    }
    case 'downloads':
      return sorted(rows, (a, b) => b.totalDownloads - a.totalDownloads);
    case 'created':
      return sorted(rows, (a, b) => sign * compare(a.created, b.created));
    case 'edited':
      return sorted(rows, (a, b) => sign * compare(a.lastEdited, b.lastEdited));
  }
}

type Listed = Parameters<typeof nameOf>[0];

function sorted<T extends Listed>(rows: readonly T[], order: (left: T, right: T) => number): readonly string[] {
  return rows.toSorted(order).map(nameOf);
}

function diff<T>(place: ReadonlyMap<T, number>, left: T, right: T): number {
  return (place.get(left) ?? 0) - (place.get(right) ?? 0);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

const BY_ID = { order: 'id', descending: false, newestFirst: false, ids: ALL, versions: ALL } as const;

const SOURCES: readonly VersionSource[] = [
  ...[ALL, ...LATEST].flatMap((versions): readonly VersionSource[] => [
    { order: 'downloads', versions },
    ...[false, true].flatMap((descending) =>
      [false, true].flatMap((newestFirst): readonly VersionSource[] => [
        { ...BY_ID, versions, descending, newestFirst },
        { ...BY_ID, versions, descending, newestFirst, ids: { kind: 'prefix', prefix: 'a' } },
        { ...BY_ID, versions, descending, newestFirst, ids: { kind: 'named', ids: ['a', 'c.lib', 'd', 'none'] } },
      ]),
    ),
  ]),
  ...[false, true].flatMap((descending): readonly VersionSource[] => [
    { order: 'created', descending },
    { order: 'edited', descending },
  ]),
];

/** @param open - makes an empty store for each test. */
export function describeVersionScan(name: string, open: () => Promise<VersionScanUnderTest>): void {
  describe(`version scan: ${name}`, () => {
    beforeEach(async () => {
      tested = await open();
      await pushAll();
    });
    afterEach(() => tested.dispose());

    it.each([1, 2, 7, 1000])('gives each source whole and in order, in chunks of %d', async (limit) => {
      for (const source of SOURCES) {
        expect({ source, rows: (await allOf(source, limit)).map(nameOf) }).toEqual({
          source,
          rows: await expectedOf(source),
        });
      }
    });

    it('begins behind a version that is gone', async () => {
      const page = await tested.scan.scan('f', BY_ID, { after: null, limit: 2 });
      await tested.store.deleteVersion('f', 'A', '1.10.0', () => undefined);
      const { rows } = await tested.scan.scan('f', BY_ID, { after: page.next, limit: 1 });
      expect([page.rows.map(nameOf), rows.map(nameOf)]).toEqual([['A 1.9.0', 'A 1.10.0'], ['A 2.0.0-rc']]);
    });

    it('keeps to an interval of versions or of instants', async () => {
      const [low, high] = await allOf({ ...BY_ID, ids: { kind: 'named', ids: ['b'] } }, 10);
      const versions = { kind: 'all', from: low?.sortKey ?? '', to: high?.sortKey ?? '' } as const;
      const ids = { kind: 'named', ids: ['a', 'b'] } as const;
      const pushed = await allOf(
        { order: 'created', descending: true, from: '2026-01-02T00:00:00.000Z', to: '2026-01-03T00:00:00.000Z' },
        3,
      );
      expect((await allOf({ ...BY_ID, ids, versions }, 1)).map(nameOf)).toEqual([
        ...['A 1.9.0', 'A 1.10.0', 'b 1.9.0', 'b 1.10.0'],
      ]);
      expect(pushed.map(({ created }) => created.slice(0, 10))).toEqual([
        ...Array.from({ length: 4 }, () => '2026-01-03'),
        ...Array.from({ length: 4 }, () => '2026-01-02'),
      ]);
    });

    it('has what filters ask at hand, and fragments on request', async () => {
      const [row] = await allOf({ ...BY_ID, ids: { kind: 'named', ids: ['c.lib'] } }, 10);
      expect(row).toMatchObject({
        title: 'Title c.lib',
        tags: 'tag2 all',
        fragment: '',
        id: 'c.lib',
        version: '1.9.0',
      });
      const [b] = await allOf({ ...BY_ID, ids: { kind: 'named', ids: ['b'] } }, 10);
      const found = await tested.scan.scanned([b?.key ?? 0, 999_999, row?.key ?? 0], { fragment: 'v2-entry' });
      expect(found.map(({ fragment }) => fragment)).toEqual(['<entry>b/1.9.0</entry>', '<entry>c.lib/1.9.0</entry>']);
    });

    it('finds nothing in a feed that has nothing', async () => {
      await expect(tested.scan.scan('none', BY_ID, { after: null, limit: 1 })).resolves.toEqual({
        ...{ rows: [], examined: 0, next: null },
      });
    });

    it.each([0, 1001, 1.5])('refuses chunks of %d', async (limit) => {
      await expect(tested.scan.scan('f', BY_ID, { after: null, limit })).rejects.toMatchObject({
        code: 'FF_INVALID_ARGUMENT',
      });
    });

    describe('ids that contain a text', () => {
      const containing = async (match: SubstringMatch, limit = 10_000): Promise<readonly string[]> => {
        const ids: string[] = [];
        for (let after: number | null = 0; after !== null;) {
          const chunk = await tested.scan.idsContaining('f', match, { after, limit });
          ids.push(...chunk.ids);
          after = chunk.next;
        }
        return ids.toSorted();
      };
      const part = (column: 'id' | 'title' | 'tags', text: string): SubstringMatch => ({ kind: 'part', column, text });

      it.each([
        ['by id', part('id', 'COR'), ['a.core']],
        ['across separators', part('id', 'c.l'), ['c.lib']],
        ['by the whole id', part('id', 'A.Core'), ['a.core']],
        ['by a long text of which the parts alone are somewhere', part('id', 'a.core.lib'), []],
        ['by tag, also of one that is unlisted by its id alone', part('tags', 'tag4'), []],
        ['by whole tag', part('tags', ' all '), ['a', 'a.core', 'b', 'c.lib']],
        ['by title', part('title', 'e c.'), ['c.lib']],
        ['by all', { kind: 'every', of: [part('tags', 'tag'), part('id', 'lib')] }, ['c.lib']],
        ['by any', { kind: 'some', of: [part('id', 'core'), part('id', 'lib')] }, ['a.core', 'c.lib']],
        ['in no other feed', part('id', 'xa.'), []],
        ['whatever the syntax of the index', part('id', '") OR "*'), []],
      ] as const)('are found %s', async (_how, match, ids) => {
        await expect(containing(match)).resolves.toEqual(ids);
        await expect(containing(match, 1)).resolves.toEqual(ids);
      });

      it('follow the latest version of every kind', async () => {
        const push = async (version: string, tag: string): Promise<void> => {
          const added = sampleVersion({ id: 'b', version, tags: [tag] }, { sha512: sha512Of(version) });
          await publish(tested.store, 'f', added, OWNER);
        };
        await push('3.0.0-rc', 'fresh');
        await expect(containing(part('tags', 'fresh'))).resolves.toEqual(['b']);
        await expect(containing(part('tags', 'tag0'))).resolves.toEqual(['b']);
        await push('3.0.0', 'newer');
        await expect(containing(part('tags', 'fresh'))).resolves.toEqual([]);
        await tested.store.setListed('f', 'b', '3.0.0', false);
        await expect(containing(part('tags', 'fresh'))).resolves.toEqual(['b']);
        await tested.store.deleteVersion('f', 'b', '3.0.0-rc', () => undefined);
        await expect(containing(part('tags', 'fresh'))).resolves.toEqual([]);
        await expect(containing(part('tags', 'tag0'))).resolves.toEqual(['b']);
      });

      it('are candidates for everything when their text is very long', async () => {
        const tags = Array.from({ length: 2000 }, (_, index) => `long${index}`);
        await publish(tested.store, 'f', sampleVersion({ id: 'long', version: '1.0.0', tags }), OWNER);
        await expect(containing(part('tags', 'long1999'))).resolves.toContain('long');
      });
    });
  });
}
