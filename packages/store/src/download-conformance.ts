/**
 * What every download port does, run over each implementation.
 *
 * @example
 * describeDownloadCounts('SQLite', async () => ({ store, downloads, openAnother, advance, dispose }));
 */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KEPT_DAYS, MAX_COUNTS_PER_ADD } from './download-counts.ts';
import type { DownloadCounts } from './download-counts.ts';
import { sampleVersion, sha512Of } from './sample-packages.ts';
import { OWNER, publish } from './store-under-test.ts';
import type { MetadataStore } from './metadata-store.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

export interface DownloadCountsUnderTest {
  readonly store: MetadataStore;
  readonly downloads: DownloadCounts;
  /** The port of a process that reads packages only, on the same data. */
  readonly openReadOnly: () => Promise<DownloadCounts>;
  /** Sets the clock, which stands still, forward. It starts at noon, UTC. */
  readonly advance: (milliseconds: number) => void;
  readonly dispose: () => Promise<void>;
}

export function describeDownloadCounts(name: string, open: () => Promise<DownloadCountsUnderTest>): void {
  describe(`download counts on ${name}`, () => {
    let opened: DownloadCountsUnderTest;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.dispose());
    const current = (): DownloadCountsUnderTest => opened;
    describeTotals(current);
    describeIdentity(current);
    describeDays(current);
    describeRevelation(current);
  });
}

type Current = () => DownloadCountsUnderTest;

async function push(store: MetadataStore, id: string, version: string): Promise<number> {
  await publish(store, 'f', sampleVersion({ id, version }), OWNER);
  return (await store.version('f', id, version))?.key ?? 0;
}

async function shown(store: MetadataStore, id: string): Promise<Record<string, readonly [number, number]>> {
  const versions = await store.versionsOf('f', id);
  return Object.fromEntries(
    versions.map((version) => [version.normalizedVersion, [version.downloads, version.totalDownloads] as const]),
  );
}

function describeTotals(current: Current): void {
  describe('totals', () => {
    it('are those of the version and of all versions of the id', async () => {
      const { store, downloads } = current();
      const one = await push(store, 'A', '1.0.0');
      const two = await push(store, 'A', '2.0.0');
      await push(store, 'B', '1.0.0');
      await downloads.add([
        { versionKey: one, downloads: 2 },
        { versionKey: two, downloads: 3 },
      ]);
      await downloads.add([{ versionKey: one, downloads: 1 }]);
      expect(await shown(store, 'A')).toEqual({ '1.0.0': [3, 6], '2.0.0': [3, 6] });
      expect(await shown(store, 'B')).toEqual({ '1.0.0': [0, 0] });
    });

    it('go past what fits into 32 bits', async () => {
      const { store, downloads } = current();
      const key = await push(store, 'A', '1.0.0');
      await downloads.add([{ versionKey: key, downloads: 3_000_000_000 }]);
      await downloads.add([{ versionKey: key, downloads: 3_000_000_000 }]);
      expect(await shown(store, 'A')).toEqual({ '1.0.0': [6_000_000_000, 6_000_000_000] });
    });

    it('come also from processes that only read packages, several at once', async () => {
      const { store, openReadOnly } = current();
      const key = await push(store, 'A', '1.0.0');
      const [first, second] = [await openReadOnly(), await openReadOnly()];
      const adds = Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? first : second).add([{ versionKey: key, downloads: 1 }]),
      );
      await Promise.all(adds);
      expect(await shown(store, 'A')).toEqual({ '1.0.0': [40, 40] });
    });

    it('name the ids that are downloaded most', async () => {
      const { store, downloads } = current();
      const keys = await Promise.all(['A', 'B', 'C', 'D'].map((id) => push(store, id, '1.0.0')));
      await downloads.add(keys.slice(0, 3).map((versionKey, index) => ({ versionKey, downloads: index + 1 })));
      expect(await downloads.topPackages('f', 2)).toEqual([
        { id: 'C', downloads: 3 },
        { id: 'B', downloads: 2 },
      ]);
      expect(await downloads.topPackages('f', 10)).toHaveLength(3);
      expect(await downloads.topPackages('g', 10)).toEqual([]);
    });

    it('tell of an id what its versions are together, and which are downloaded most', async () => {
      const { store, downloads } = current();
      const keys = [];
      for (const version of ['1.0.0', '2.0.0-beta', '3.0.0']) keys.push(await push(store, 'Acme.A', version));
      await downloads.add([{ versionKey: keys[1] ?? 0, downloads: 7 }]);
      await store.setListed('f', 'Acme.A', '3.0.0', false);
      const found = await downloads.statisticsOf('f', 'acme.a', 2);
      expect(found).toMatchObject({ id: 'Acme.A', downloads: 7, versions: 3, bytes: 3000 });
      expect(found?.top).toEqual([
        { version: '2.0.0-beta', downloads: 7, sizeBytes: 1000, listed: true, created: expect.any(String) as unknown },
        { version: '3.0.0', downloads: 0, sizeBytes: 1000, listed: false, created: expect.any(String) as unknown },
      ]);
      expect(await downloads.statisticsOf('f', 'absent', 2)).toBeUndefined();
    });

    it('change neither the catalog nor when a version was edited', async () => {
      const { store, downloads } = current();
      const key = await push(store, 'A', '1.0.0');
      const before = [(await store.version('f', 'A', '1.0.0'))?.lastEdited, await store.catalogAfter(0, 10)];
      await downloads.add([{ versionKey: key, downloads: 1 }]);
      await downloads.reveal(0);
      expect([(await store.version('f', 'A', '1.0.0'))?.lastEdited, await store.catalogAfter(0, 10)]).toEqual(before);
    });

    it('take a bounded number of counts at a time', async () => {
      const counts = Array.from({ length: MAX_COUNTS_PER_ADD + 1 }, (_, versionKey) => ({ versionKey, downloads: 1 }));
      await expect(current().downloads.add(counts)).rejects.toMatchObject({ code: 'FF_INVALID_ARGUMENT' });
    });
  });
}

function describeIdentity(current: Current): void {
  describe('what was counted', () => {
    it('is not inherited by a version that is pushed again after its deletion', async () => {
      const { store, downloads } = current();
      const old = await push(store, 'A', '1.0.0');
      const other = await push(store, 'A', '2.0.0');
      await downloads.add([
        { versionKey: old, downloads: 5 },
        { versionKey: other, downloads: 1 },
      ]);
      await store.deleteVersion('f', 'A', '1.0.0', () => undefined);
      expect(await shown(store, 'A')).toEqual({ '2.0.0': [1, 1] });
      await push(store, 'A', '1.0.0');
      // Fetched before the deletion, told after the push.
      await downloads.add([{ versionKey: old, downloads: 7 }]);
      expect(await shown(store, 'A')).toEqual({ '1.0.0': [0, 1], '2.0.0': [1, 1] });
      const address = { feedId: 'f', id: 'A', normalizedVersion: '1.0.0' };
      expect(await downloads.daysOfVersion(address, 10)).toEqual([]);
    });

    it('stays with a version that is replaced, also what comes later', async () => {
      const { store, downloads } = current();
      const old = await push(store, 'A', '1.0.0');
      await downloads.add([{ versionKey: old, downloads: 5 }]);
      for (const content of ['new', 'newer']) {
        const added = sampleVersion({ id: 'A', version: '1.0.0' }, { sha512: sha512Of(content) });
        await store.intendBlob(added.sha512, OWNER);
        await store.addVersion('f', added, OWNER, { replace: true });
      }
      await downloads.add([{ versionKey: old, downloads: 2 }]);
      expect(await shown(store, 'A')).toEqual({ '1.0.0': [7, 7] });
      const address = { feedId: 'f', id: 'a', normalizedVersion: '1.0.0' };
      expect(await downloads.daysOfVersion(address, 1)).toMatchObject([{ downloads: 7 }]);
    });

    it('is gone with the last version of an id', async () => {
      const { store, downloads } = current();
      const key = await push(store, 'A', '1.0.0');
      await downloads.add([{ versionKey: key, downloads: 5 }]);
      await store.deleteVersion('f', 'A', '1.0.0', () => undefined);
      await push(store, 'A', '1.0.0');
      expect(await shown(store, 'A')).toEqual({ '1.0.0': [0, 0] });
      expect(await downloads.daysOfPackage('f', 'A', 10)).toEqual([]);
      expect(await downloads.daysOfFeed('f', 10)).toMatchObject([{ downloads: 5 }]);
      expect([await downloads.totalOfFeed('f'), await downloads.totalOfFeed('g')]).toEqual([5, 0]);
    });
  });
}

function describeDays(current: Current): void {
  describe('days', () => {
    it('are counted for the version, the id and the feed, the oldest first, as far back as is asked', async () => {
      const { store, downloads, advance } = current();
      const one = await push(store, 'A', '1.0.0');
      const two = await push(store, 'A', '2.0.0');
      const other = await push(store, 'B', '1.0.0');
      await downloads.add([one, two, other].map((versionKey) => ({ versionKey, downloads: 1 })));
      advance(2 * DAY_MS);
      await downloads.add([{ versionKey: one, downloads: 4 }]);
      await downloads.add([{ versionKey: one, downloads: 1 }]);
      const address = { feedId: 'f', id: 'a', normalizedVersion: '1.0.0' };
      const counts = (days: readonly { readonly downloads: number }[]) => days.map((day) => day.downloads);
      expect(counts(await downloads.daysOfVersion(address, 30))).toEqual([1, 5]);
      expect(counts(await downloads.daysOfPackage('f', 'a', 30))).toEqual([2, 5]);
      expect(counts(await downloads.daysOfFeed('f', 30))).toEqual([3, 5]);
      expect(counts(await downloads.daysOfFeed('f', 2))).toEqual([5]);
      const [first, second] = await downloads.daysOfFeed('f', 30);
      expect(Date.parse(second?.day ?? '') - Date.parse(first?.day ?? '')).toBe(2 * DAY_MS);
    });

    it('of a version go before those of its id, and those before the days of the feed', async () => {
      const { store, downloads, advance } = current();
      const key = await push(store, 'A', '1.0.0');
      const address = { feedId: 'f', id: 'A', normalizedVersion: '1.0.0' };
      const days = async (): Promise<readonly number[]> => [
        (await downloads.daysOfVersion(address, 3000)).length,
        (await downloads.daysOfPackage('f', 'A', 3000)).length,
        (await downloads.daysOfFeed('f', 3000)).length,
      ];
      await downloads.add([{ versionKey: key, downloads: 1 }]);
      advance(KEPT_DAYS.version * DAY_MS);
      await downloads.add([{ versionKey: key, downloads: 1 }]);
      expect(await days()).toEqual([1, 2, 2]);
      advance(KEPT_DAYS.package * DAY_MS);
      await downloads.add([{ versionKey: key, downloads: 1 }]);
      expect(await days()).toEqual([1, 1, 3]);
      expect(await shown(store, 'A')).toEqual({ '1.0.0': [3, 3] });
    });
  });
}

function describeRevelation(current: Current): void {
  describe('the revision of a feed', () => {
    it('stays for counts, and rises for those that came since, at most once in an interval', async () => {
      const { store, downloads, advance } = current();
      const key = await push(store, 'A', '1.0.0');
      const pushed = store.revisionOf('f');
      const count = (): Promise<void> => downloads.add([{ versionKey: key, downloads: 1 }]);
      await count();
      expect(store.revisionOf('f')).toBe(pushed);
      expect(await downloads.reveal(10 * MINUTE_MS)).toEqual({ feeds: 1 });
      expect(store.revisionOf('f')).toBe(pushed + 1);
      advance(9 * MINUTE_MS);
      await count();
      expect(await downloads.reveal(10 * MINUTE_MS)).toEqual({ feeds: 0 });
      // Nobody downloads any more: the last counts come to light all the same.
      advance(MINUTE_MS);
      expect(await downloads.reveal(10 * MINUTE_MS)).toEqual({ feeds: 1 });
      advance(60 * MINUTE_MS);
      expect(await downloads.reveal(10 * MINUTE_MS)).toEqual({ feeds: 0 });
      expect(store.revisionOf('f')).toBe(pushed + 2);
    });
  });
}
