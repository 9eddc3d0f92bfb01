/** What every implementation of the port for ids with many versions does. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { MetadataStore } from './metadata-store.ts';
import { sampleVersion } from './sample-packages.ts';
import { OWNER, publish } from './store-under-test.ts';
import type { VersionPages, VersionRange } from './version-pages.ts';

export interface VersionPagesUnderTest {
  readonly store: MetadataStore;
  readonly versionPages: VersionPages;
  readonly dispose: () => Promise<void>;
}

const VERSIONS = ['1.0.0-beta', '1.0.0', '1.2.0', '1.10.0+meta', '2.0.0-a.1', '2.0', '3.0.0'];
const everything: VersionRange = {
  ...{ lower: null, upper: null, includeSemVer2: true, skip: 0, limit: 100 },
  fragment: 'v3-leaf',
};

/**
 * @example
 * describeVersionPages('SQLite', async () => ({ store, versionPages, dispose }));
 */
export function describeVersionPages(name: string, open: () => Promise<VersionPagesUnderTest>): void {
  describe(`the version pages on ${name}`, () => {
    let opened: VersionPagesUnderTest;
    beforeEach(async () => {
      opened = await open();
      for (const version of VERSIONS.toReversed()) {
        await publish(opened.store, 'f', sampleVersion({ id: 'Acme', version }), OWNER);
      }
      await opened.store.setListed('f', 'Acme', '1.2.0', false);
    });
    afterEach(() => opened.dispose());

    it('cut the versions of an id into pages, in order', async () => {
      const pages = await opened.versionPages.pages('f', 'ACME', { size: 3, includeSemVer2: true });
      expect(pages.map(({ count, lower, upper }) => [count, lower, upper])).toEqual([
        [3, '1.0.0-beta', '1.2.0'],
        [3, '1.10.0', '2.0.0'],
        [1, '3.0.0', '3.0.0'],
      ]);
      const plain = await opened.versionPages.pages('f', 'acme', { size: 5, includeSemVer2: false });
      expect(plain.map(({ count, lower, upper }) => [count, lower, upper])).toEqual([[5, '1.0.0-beta', '3.0.0']]);
      expect(await opened.versionPages.pages('f', 'other', { size: 3, includeSemVer2: true })).toEqual([]);
    });

    it('say of a page which commit changed it last', async () => {
      const pages = await opened.versionPages.pages('f', 'Acme', { size: 3, includeSemVer2: true });
      const versions = await opened.store.versionsOf('f', 'Acme');
      const [unlisted, , third] = ['1.2.0', '2.0.0', '3.0.0'].map((wanted) =>
        versions.find(({ normalizedVersion }) => normalizedVersion === wanted),
      );
      expect(pages[0]?.commit).toEqual({ number: 8, committedUs: unlisted?.committedUs });
      expect(pages[2]?.commit).toEqual({ number: 1, committedUs: third?.committedUs });
    });

    it('give the versions between two bounds, part by part', async () => {
      const versionsIn = async (range: Partial<VersionRange>): Promise<unknown[]> =>
        (await opened.versionPages.versionsIn('f', 'acme', { ...everything, ...range })).map(({ version }) => version);
      expect(await versionsIn({})).toEqual(VERSIONS);
      expect(await versionsIn({ lower: '1.0.0', upper: '1.10.0' })).toEqual(['1.0.0', '1.2.0', '1.10.0+meta']);
      expect(await versionsIn({ lower: '1.1.0', includeSemVer2: false })).toEqual(['1.2.0', '2.0', '3.0.0']);
      expect(await versionsIn({ skip: 2, limit: 2 })).toEqual(['1.2.0', '1.10.0+meta']);
      expect(await versionsIn({ lower: '4.0.0' })).toEqual([]);
      await expect(versionsIn({ limit: 1001 })).rejects.toMatchObject({ code: 'FF_INVALID_ARGUMENT' });
    });

    it('give them with their fragment', async () => {
      const [first] = await opened.versionPages.versionsIn('f', 'acme', { ...everything, lower: '3.0.0' });
      expect(first).toMatchObject({ fragment: '{"name":"Acme/3.0.0"}', fragmentFormat: 4 });
      expect(first?.metadata.id).toBe('Acme');
    });

    it('name the versions that are wanted', async () => {
      const filter = { includeUnlisted: true, includePrerelease: true, includeSemVer2: true };
      const names = async (given: Partial<typeof filter>): Promise<unknown[]> =>
        (await opened.versionPages.names('f', 'aCME', { ...filter, ...given })).map(({ version }) => version);
      expect(await names({})).toEqual(VERSIONS);
      expect(await names({ includeUnlisted: false, includePrerelease: false })).toEqual([
        ...['1.0.0', '1.10.0+meta', '2.0', '3.0.0'],
      ]);
      expect(await names({ includeSemVer2: false, includePrerelease: false })).not.toContain('1.10.0+meta');
      expect(await opened.versionPages.names('f', 'other', filter)).toEqual([]);
      const signal = AbortSignal.abort(new Error('gone'));
      await expect(opened.versionPages.names('f', 'Acme', filter, signal)).rejects.toThrow('gone');
    });
  });
}
