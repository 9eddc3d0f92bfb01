/**
 * What every package source does, run over each implementation.
 *
 * @example
 * describePackageSource('a v3 gallery', async (packages) => ({ source, dispose }), traits);
 */
import { buffer } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { PackageSource, SourceAnswer, SourcePageQuery, SourceSearch } from '@feedfleet/package-sources';

import { askUntil, samplePackage, samplePackages } from './sample-packages.ts';
import type { SamplePackage } from './sample-packages.ts';

export interface PackageSourceUnderTest {
  readonly source: PackageSource;
  readonly dispose: () => Promise<void>;
}

/** What a kind of source can tell at all. A source that cannot says `unsupported`, and the suite checks that it does. */
export interface PackageSourceTraits {
  /** Finds by texts that are no ids. */
  readonly searches: boolean;
  readonly completes: boolean;
  readonly pages: boolean;
  /** Hash and size of package files. */
  readonly tellsHashes: boolean;
}

type Open = (packages: readonly SamplePackage[]) => Promise<PackageSourceUnderTest>;

const never = new AbortController().signal;
const ask = askUntil(never);
const everything: SourceSearch = {
  ...{ text: '', includePrerelease: true, includeSemVer2: true, packageType: null, take: 100, filters: [] },
};

export function describePackageSource(name: string, open: Open, traits: PackageSourceTraits): void {
  describe(`the package source ${name}`, () => {
    let opened: PackageSourceUnderTest;
    const current: Current = () => opened.source;
    beforeEach(async () => {
      opened = await open(samplePackages);
    });
    afterEach(() => opened.dispose());
    describeVersions(current);
    describeTags(current, open);
    describeSearches(current, traits);
    describePages(current, traits);
    describeContent(current, traits);
  });
}

type Current = () => PackageSource;

function describeVersions(current: Current): void {
  describe('versions', () => {
    it('come all, listed or not, in the order of versions', async () => {
      const found = answered(await current().versions(['acme.core'], ask)).value.get('acme.core') ?? [];
      const rows = found.map(({ version, listed, isPrerelease, isSemVer2 }) => [
        version,
        listed,
        isPrerelease,
        isSemVer2,
      ]);
      expect(rows.map(([version, ...rest]) => [String(version).replace(/^1\.9$/, '1.9.0'), ...rest])).toEqual([
        ['1.9.0', true, false, false],
        ['1.9.5', false, false, false],
        ['1.10.0', true, false, false],
        ['2.0.0-beta', true, true, false],
        ['2.0.0-rc.1+build.7', true, true, true],
      ]);
      expect(found.map(({ normalizedVersion }) => normalizedVersion)).toContain('2.0.0-rc.1');
      expect(found.map(({ sortKey }) => sortKey)).toEqual(found.map(({ sortKey }) => sortKey).sort());
    });

    it('come with what their packages say', async () => {
      const [row] = answered(await current().versions(['acme.web'], ask)).value.get('acme.web') ?? [];
      expect(row).toMatchObject({ id: 'Acme.Web', listed: true, deprecation: null, vulnerabilities: [] });
      expect(row?.isIncomplete).toBeUndefined();
      const told = { id: 'Acme.Web', version: '3.0.0', title: 'Web & more', authors: 'Ada, Grace', tags: ['web'] };
      expect(row?.metadata).toMatchObject({ ...told, description: 'About Acme.Web.' });
      expect(row?.metadata.dependencyGroups).toEqual([
        { targetFramework: 'net8.0', dependencies: [{ id: 'Acme.Core', range: '[1.9.0, 2.0.0)' }] },
        { targetFramework: 'netstandard2.0', dependencies: [] },
      ]);
    });

    it('are left out for an id that the source does not have, and only for that', async () => {
      const { value } = answered(await current().versions(['acme.core', 'acme.none', 'acme.web', 'acme.hidden'], ask));
      expect([...value.keys()].sort()).toEqual(['acme.core', 'acme.hidden', 'acme.web']);
      expect([value.get('acme.core')?.length, value.get('acme.hidden')?.length]).toEqual([5, 1]);
    });

    it('are asked for in no request when no id is asked for', async () => {
      expect(answered(await current().versions([], ask)).value.size).toBe(0);
    });

    it('are of no interest to somebody who has left', async () => {
      const left = new AbortController();
      left.abort(new Error('left'));
      await expect(current().versions(['acme.core'], askUntil(left.signal))).rejects.toThrow('left');
    });
  });
}

function describeTags(current: Current, open: Open): void {
  describe('tags', () => {
    it('are the same as long as the answer is', async () => {
      const [first, second] = [
        answered(await current().versions(['acme.core'], ask)),
        answered(await current().versions(['acme.core'], ask)),
      ];
      expect(second.tag).toBe(first.tag);
      expect(second.value).toEqual(first.value);
    });

    it('are others for other answers', async () => {
      const more = await open([...samplePackages, samplePackage({ id: 'Acme.Core', version: '9.0.0' })]);
      try {
        const [before, after] = [
          answered(await current().versions(['acme.core'], ask)),
          answered(await more.source.versions(['acme.core'], ask)),
        ];
        expect(after.tag).not.toBe(before.tag);
        expect(after.value.get('acme.core')).toHaveLength(6);
      } finally {
        await more.dispose();
      }
    });
  });
}

function describeSearches(current: Current, { searches, completes }: PackageSourceTraits): void {
  describe('search', () => {
    it('finds one package by its whole id', async () => {
      const { hits } = answered(await current().search({ ...everything, text: 'packageid:acme.WEB' }, ask)).value;
      expect(hits.map(({ id }) => id.toLowerCase())).toEqual(['acme.web']);
    });

    it(searches ? 'finds every package that is listed' : 'says that it finds no texts', async () => {
      const answer = await current().search(everything, ask);
      if (!searches) {
        expect(answer).toMatchObject({ outcome: 'unsupported', detail: expect.any(String) as unknown });
        return;
      }
      const { total, hits } = answered(answer).value;
      expect([total, hits.map(({ id }) => id).sort()]).toEqual([2, ['Acme.Core', 'Acme.Web']]);
      const one = answered(await current().search({ ...everything, take: 1 }, ask)).value;
      expect([one.total, one.hits.length]).toEqual([2, 1]);
    });

    it('shows the newest version that the asker can use', async () => {
      const newest = async (given: Partial<SourceSearch>): Promise<string | undefined> => {
        const answer = await current().search({ ...everything, text: 'packageid:Acme.Core', ...given }, ask);
        return answered(answer).value.hits[0]?.versions.at(-1)?.normalizedVersion;
      };
      expect(await newest({})).toBe('2.0.0-rc.1');
      expect(await newest({ includeSemVer2: false })).toBe('2.0.0-beta');
      expect(await newest({ includePrerelease: false })).toBe('1.10.0');
    });

    it(completes ? 'completes ids' : 'says that it completes nothing', async () => {
      const answer = await current().complete({ ...everything, text: completes ? 'acme' : 'not an id' }, ask);
      if (!completes) {
        expect(answer.outcome).toBe('unsupported');
        return;
      }
      const { total, ids } = answered(answer).value;
      expect([total, [...ids].sort()]).toEqual([2, ['Acme.Core', 'Acme.Web']]);
    });
  });
}

function describePages(current: Current, { pages }: PackageSourceTraits): void {
  describe('page', () => {
    const query: SourcePageQuery = {
      ...{ resource: 'Search', after: null, take: 10, withCount: true, filters: [] },
      options: { $filter: 'IsLatestVersion', $orderby: 'Id', searchterm: "''", includeprerelease: 'false' },
    };

    it(pages ? 'has the latest version of each package' : 'says that it cannot', async () => {
      const answer = await current().page(query, ask);
      if (!pages) {
        expect(answer).toMatchObject({ outcome: 'unsupported', detail: expect.any(String) as unknown });
        return;
      }
      const { total, rows, hasMore } = answered(answer).value;
      expect(rows.map(({ id, normalizedVersion }) => `${id}/${normalizedVersion}`)).toEqual([
        'Acme.Core/1.10.0',
        'Acme.Web/3.0.0',
      ]);
      expect([total, hasMore]).toEqual([2, false]);
      const first = answered(await current().page({ ...query, take: 1 }, ask)).value;
      expect([first.rows.length, first.hasMore]).toEqual([1, true]);
    });
  });
}

function describeContent(current: Current, { tellsHashes }: PackageSourceTraits): void {
  describe('content', () => {
    const packageOf = (id: string, version: string): SamplePackage => {
      const found = samplePackages.find(({ metadata }) => metadata.id === id && metadata.normalizedVersion === version);
      if (found === undefined) throw new TypeError(`no sample ${id} ${version}`);
      return found;
    };

    it.each([
      ['Acme.Web', '3.0.0'],
      ['acme.core', '1.9.0'],
      ['acme.core', '2.0.0-rc.1'],
      ['acme.hidden', '1.0.0'],
    ])('is the file of %s %s, byte by byte', async (id, normalizedVersion) => {
      const content = answered(await current().content({ id, normalizedVersion }, ask)).value;
      const written = samplePackages.find(({ metadata }) => metadata.id.toLowerCase() === id.toLowerCase());
      const expected = packageOf(written?.metadata.id ?? '', normalizedVersion);
      const bytes = content === null ? null : await buffer(content.open(never));
      expect(bytes?.equals(expected.content)).toBe(true);
      if (tellsHashes) expect(content).toMatchObject({ sha512: expected.sha512, sizeBytes: expected.content.length });
      if (content?.sizeBytes != null) expect(content.sizeBytes).toBe(expected.content.length);
    });

    it.each([
      ['acme.core', '7.0.0'],
      ['acme.none', '1.0.0'],
    ])('is null where there is none: %s %s', async (id, normalizedVersion) => {
      expect(answered(await current().content({ id, normalizedVersion }, ask)).value).toBeNull();
    });
  });
}

type Answered<T> = Extract<SourceAnswer<T>, { readonly outcome: 'answered' }>;

function answered<T>(answer: SourceAnswer<T>): Answered<T> {
  expect(answer).toMatchObject({ outcome: 'answered', isStale: false });
  if (answer.outcome !== 'answered') throw new Error(answer.detail);
  expect(answer.requests).toBeGreaterThanOrEqual(0);
  expect(answer.ageMs).toBeGreaterThanOrEqual(0);
  return answer;
}
