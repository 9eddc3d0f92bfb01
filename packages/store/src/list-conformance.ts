/** A whole feed, page by page. */
import { describe, expect, it } from '@jest/globals';
import { OWNER, publish } from './store-under-test.ts';
import type { CurrentStore } from './store-under-test.ts';
import type { ListQuery, MetadataStore } from './metadata-store.ts';
import { everyVersion, sampleVersion } from './sample-packages.ts';

const PUSHED = [
  ['b', '2.0.0'],
  ['A', '1.10.0'],
  ['A', '1.9.0'],
  ['c', '1.0.0-beta'],
  ['b', '1.0.0+meta'],
  ['A', '2.0.0-rc'],
  ['d', '1.0.0'],
] as const;

async function listed(store: MetadataStore, query: Partial<ListQuery>): Promise<readonly (string | number)[]> {
  const page = await store.list('f', { ...everyVersion, ...query });
  return [page.total, ...page.versions.map((version) => `${version.id} ${version.version}`)];
}

async function pushAll(store: MetadataStore): Promise<void> {
  for (const [id, version] of PUSHED) {
    await publish(store, 'f', sampleVersion({ id, version, tags: id === 'A' ? ['vowel'] : [] }), OWNER);
  }
  await store.setListed('f', 'd', '1.0.0', false);
}

export function describeListing(current: CurrentStore): void {
  describe('a list of a feed', () => {
    it('has every version in order of id, then version', async () => {
      const { store } = current();
      await pushAll(store);
      expect(await listed(store, {})).toEqual([
        7,
        ...['A 1.9.0', 'A 1.10.0', 'A 2.0.0-rc', 'b 1.0.0+meta', 'b 2.0.0', 'c 1.0.0-beta', 'd 1.0.0'],
      ]);
      expect(await listed(store, { includeUnlisted: false, includePrerelease: false, includeSemVer2: false })).toEqual([
        3,
        ...['A 1.9.0', 'A 1.10.0', 'b 2.0.0'],
      ]);
    });

    it('has one version an id when the latest are asked for', async () => {
      const { store } = current();
      await pushAll(store);
      expect(await listed(store, { versions: 'latest', includePrerelease: false })).toEqual([2, 'A 1.10.0', 'b 2.0.0']);
      expect(await listed(store, { versions: 'latest' })).toEqual([3, 'A 2.0.0-rc', 'b 2.0.0', 'c 1.0.0-beta']);
    });

    it('has the versions of matching ids when there is a text', async () => {
      const { store } = current();
      await pushAll(store);
      expect(await listed(store, { text: 'vow' })).toEqual([3, 'A 1.9.0', 'A 1.10.0', 'A 2.0.0-rc']);
      expect(await listed(store, { text: 'vow', versions: 'latest', includePrerelease: false })).toEqual([
        1,
        'A 1.10.0',
      ]);
      expect(await listed(store, { text: 'd' })).toEqual([1, 'd 1.0.0']);
      expect(await listed(store, { text: '"' })).toEqual([0]);
    });

    it.each(['all', 'latest'] as const)(
      'adds up over pages of any size, also while it changes (%s)',
      async (versions) => {
        const { store } = current();
        await pushAll(store);
        for (const take of [1, 2, 3, 7]) {
          const whole = (await listed(store, { versions })).slice(1);
          const pages: (string | number)[] = [];
          for (let skip = 0; skip < whole.length; skip += take) {
            pages.push(...(await listed(store, { versions, skip, take })).slice(1));
          }
          expect(pages).toEqual(whole);
          await publish(store, 'f', sampleVersion({ id: 'A', version: `0.${take}.0` }), OWNER);
          expect(await listed(store, { versions, skip: 1, take: 2 })).toEqual([
            (await listed(store, { versions }))[0],
            ...(await listed(store, { versions })).slice(2, 4),
          ]);
        }
        expect(await listed(store, { skip: 100 })).toEqual([11]);
      },
    );

    it('comes with fragments', async () => {
      const { store } = current();
      await pushAll(store);
      const page = await store.list('f', { ...everyVersion, take: 1 }, { fragment: 'v2-entry' });
      expect(page.versions[0]).toMatchObject({ fragment: '<entry>A/1.9.0</entry>', fragmentFormat: 3 });
    });
  });
}
