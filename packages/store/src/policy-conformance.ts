/** What a feed's policies make of pushes: versions that are replaced, and quotas. A part of the metadata port's suite. */
import { describe, expect, it } from '@jest/globals';
import { everything, sampleVersion, sha512Of } from './sample-packages.ts';
import { OWNER } from './store-under-test.ts';
import type { AddOutcome, AddRules, FeedQuota, MetadataStore, NewPackageVersion } from './metadata-store.ts';
import type { CurrentStore } from './store-under-test.ts';

const NO_QUOTA: FeedQuota = { bytes: null, packages: null, versions: null };
const replacing: AddRules = { replace: true };

async function add(store: MetadataStore, added: NewPackageVersion, rules?: AddRules): Promise<AddOutcome> {
  await store.intendBlob(added.sha512, OWNER);
  return store.addVersion('f', added, OWNER, rules);
}

const version = (name: string, content: string, sizeBytes = 1000): NewPackageVersion => {
  const [id = '', number = ''] = name.split(' ');
  return sampleVersion({ id, version: number, description: content }, { sha512: sha512Of(content), sizeBytes });
};

export function describePolicies(current: CurrentStore): void {
  describeReplacing(current);
  describeQuotas(current);
}

function describeReplacing(current: CurrentStore): void {
  describe('a version that is pushed again', () => {
    it('stays as it is where nothing else is said', async () => {
      const { store } = current();
      await add(store, version('A 1.0.0', 'old'));
      expect(await add(store, version('A 1.0.0', 'new'))).toBe('duplicate');
      expect(await store.version('f', 'A', '1.0.0')).toMatchObject({ sha512: sha512Of('old') });
    });

    it('is replaced whole, under a new revision, in every reading, and is counted once', async () => {
      const { store } = current();
      await add(store, version('A 1.0.0', 'old', 500));
      await add(store, version('A 2.0.0', 'other'));
      await store.setListed('f', 'A', '1.0.0', false);
      const before = store.revisionOf('f');
      expect(await add(store, version('a 1.0', 'new', 700), replacing)).toBe('replaced');
      expect(store.revisionOf('f')).toBeGreaterThan(before);
      const found = await store.versionsOf('f', 'A');
      expect(found.map(({ normalizedVersion, sha512 }) => [normalizedVersion, sha512])).toEqual([
        ['1.0.0', sha512Of('new')],
        ['2.0.0', sha512Of('other')],
      ]);
      expect(found[0]).toMatchObject({ id: 'a', version: '1.0', listed: true, sizeBytes: 700 });
      expect(found[0]?.metadata.description).toBe('new');
      expect(await store.statistics('f')).toEqual({ packages: 1, versions: 2, bytes: 1700 });
      expect((await store.search('f', everything)).hits[0]?.versions).toHaveLength(2);
    });

    it('is found by the words of its new description alone, and is the latest as before', async () => {
      const { store } = current();
      await add(store, version('A 1.0.0', 'walnut'));
      await add(store, version('A 1.0.0', 'hazel'), replacing);
      const total = async (text: string) => (await store.search('f', { ...everything, text })).total;
      expect([await total('walnut'), await total('hazel')]).toEqual([0, 1]);
      expect(await store.version('f', 'A', '1.0.0')).toMatchObject({ isLatest: true, isAbsoluteLatestSemVer2: true });
    });

    it('is a push for the catalog, and no deletion', async () => {
      const { store } = current();
      await add(store, version('A 1.0.0', 'old'));
      await add(store, version('A 1.0.0', 'new'), replacing);
      const kinds = (await store.catalogAfter(0, 10)).map(({ kind }) => kind);
      expect(kinds).toEqual(['pushed', 'pushed']);
    });

    it('leaves its old file for readers on their way, until some minutes later', async () => {
      const { store, advance } = current();
      const removed: string[] = [];
      const remove = (sha512: string): void => void removed.push(sha512);
      await add(store, version('A 1.0.0', 'old'));
      await add(store, version('A 1.0.0', 'new'), replacing);
      await store.collectBlobs(remove);
      await store.deleteVersion('f', 'absent', '1.0.0', remove);
      expect(removed).toEqual([]);
      advance(600_000);
      expect(await store.collectBlobs(remove)).toEqual({ removed: 1 });
      expect(removed).toEqual([sha512Of('old')]);
      expect(await store.collectBlobs(remove)).toEqual({ removed: 0 });
    });

    it('keeps a file that is pushed again meanwhile, or that another version has', async () => {
      const { store, advance } = current();
      const removed: string[] = [];
      await add(store, version('A 1.0.0', 'old'));
      await add(store, version('B 1.0.0', 'shared'));
      await add(store, version('C 1.0.0', 'shared'));
      await add(store, version('A 1.0.0', 'new'), replacing);
      await add(store, version('A 1.0.0', 'old'), replacing);
      await add(store, version('B 1.0.0', 'newer'), replacing);
      await add(store, version('B 1.0.0', 'newer'), replacing);
      advance(600_000);
      await store.collectBlobs((sha512) => void removed.push(sha512));
      expect(removed).toEqual([sha512Of('new')]);
    });
  });
}

function describeQuotas(current: CurrentStore): void {
  describe('the quota of a feed', () => {
    const problem = expect.objectContaining({ code: 'FF_QUOTA_EXCEEDED' });

    it.each([
      ['bytes', { bytes: 2500 }],
      ['versions', { versions: 2 }],
      ['package ids', { packages: 2 }],
    ] as const)('of %s ends where it says, and a deletion makes room', async (unit, limit) => {
      const { store } = current();
      const rules = { quota: { ...NO_QUOTA, ...limit } };
      await add(store, version('A 1.0.0', 'a'), rules);
      await add(store, version('B 1.0.0', 'b'), rules);
      const third = version('C 1.0.0', 'c');
      await expect(add(store, third, rules)).rejects.toMatchObject({
        code: 'FF_QUOTA_EXCEEDED',
        status: 403,
        reasonPhrase: expect.stringContaining(unit) as unknown,
      });
      expect(await store.version('f', 'C', '1.0.0')).toBeUndefined();
      expect(await store.statistics('f')).toEqual({ packages: 2, versions: 2, bytes: 2000 });
      await store.deleteVersion('f', 'A', '1.0.0', () => undefined);
      // The announcement of the refused push is still there: what was refused has changed nothing.
      expect(await store.addVersion('f', third, OWNER, rules)).toBe('added');
    });

    it('tells the limit, what is used and what the package needs', async () => {
      const { store } = current();
      const quota = { ...NO_QUOTA, bytes: 1500 };
      await add(store, version('A 1.0.0', 'a'), { quota });
      await expect(add(store, version('A 1.0.1', 'b'), { quota })).rejects.toMatchObject({
        reasonPhrase: 'Quota exceeded: the feed may hold 1500 bytes and has 1000, this package needs 1000 more',
      });
    });

    it('counts a replaced version by what it grows, and lets it shrink also when the quota was lowered', async () => {
      const { store } = current();
      await add(store, version('A 1.0.0', 'a', 1000));
      await add(store, version('A 2.0.0', 'b', 1000));
      const rules = { replace: true, quota: { bytes: 1500, packages: 1, versions: 1 } };
      expect(await add(store, version('A 2.0.0', 'c', 900), rules)).toBe('replaced');
      await expect(add(store, version('A 2.0.0', 'd', 1001), rules)).rejects.toEqual(problem);
      expect(await store.version('f', 'A', '2.0.0')).toMatchObject({ sha512: sha512Of('c') });
    });

    it('is one for all who push at once, from several processes', async () => {
      const { store, openAnother } = current();
      const stores = [store, await openAnother()];
      const rules = { quota: { ...NO_QUOTA, versions: 5 } };
      const pushes = Array.from({ length: 20 }, (_, index) =>
        add(stores[index % 2] ?? store, version(`P${index} 1.0.0`, `p${index}`), rules),
      );
      const outcomes = await Promise.allSettled(pushes);
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
      expect(await store.statistics('f')).toEqual({ packages: 5, versions: 5, bytes: 5000 });
    });
  });
}
