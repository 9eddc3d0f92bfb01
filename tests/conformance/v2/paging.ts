/** Pages of v2: a hundred entries each, with next links that lead to all of the rest. */
import { expect, it } from '@jest/globals';

import { MANY } from '../support/fixture.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

const PAGE = 100;

export function describeV2Paging(subject: Subject): void {
  const { server, fixture } = subject;
  const { many, tag } = fixture;
  const everything = [...MANY.stable, MANY.semver2].sort();

  describeClaims(subject, ['v2'], 'v2: pages', () => {
    it.each([
      ['FindPackagesById()', `/FindPackagesById()?id='${many}'&semVerLevel=2.0.0`],
      ['Packages()', `/Packages()?$filter=Id%20eq%20'${many}'&semVerLevel=2.0.0`],
      ['Search()', `/Search()?searchTerm='${many}'&targetFramework=''&includePrerelease=true&semVerLevel=2.0.0`],
      ['an order', `/FindPackagesById()?id='${many}'&semVerLevel=2.0.0&$orderby=Version%20desc`],
      [
        'a filter',
        `/FindPackagesById()?id='${many}'&semVerLevel=2.0.0&$filter=IsPrerelease%20eq%20true%20or%20IsPrerelease%20eq%20false`,
      ],
    ])('hold a hundred entries, and lead to every version once: %s', async (_what, path) => {
      const pages = await server.v2Pages(path);
      expect(pages.map(({ entries }) => entries.length)).toEqual([PAGE, 31]);
      expect(pages.flatMap(({ versions }) => versions).sort()).toEqual(everything);
    });

    it('have absolute next links that keep the address and the options that were asked', async () => {
      const { next = '' } = await server.v2Feed(
        `/FindPackagesById()?id='${many}'&semVerLevel=2.0.0&$orderby=Version%20desc&$select=Id,Version&$inlinecount=allpages`,
      );
      expect(next.startsWith(`${server.addresses.v2}/FindPackagesById`)).toBe(true);
      const options = new Map([...new URL(next).searchParams].map(([name, value]) => [name.toLowerCase(), value]));
      expect(options.get('semverlevel')).toBe('2.0.0');
      expect(options.get('id')).toBe(`'${many}'`);
      expect(options.get('$orderby')).toBe('Version desc');
      expect(options.get('$select')).toBe('Id,Version');
      expect(options.get('$inlinecount')).toBe('allpages');
    });

    it('keep their order from one to the next', async () => {
      const pages = await server.v2Pages(`/FindPackagesById()?id='${many}'&$orderby=Version%20desc`);
      expect(pages.flatMap(({ versions }) => versions)).toEqual([...MANY.stable].reverse());
    });

    it('go on behind $skip, and end', async () => {
      const skipped = await server.v2Pages(`/FindPackagesById()?id='${many}'&$orderby=Version&$skip=25`);
      expect(skipped.flatMap(({ versions }) => versions)).toEqual(MANY.stable.slice(25));
      const { entries, next } = await server.v2Feed(`/FindPackagesById()?id='${many}'&$skip=5000`);
      expect({ entries, next }).toEqual({ entries: [], next: undefined });
    });

    it('obey $top within a page and beyond it', async () => {
      const few = await server.v2Pages(`/FindPackagesById()?id='${many}'&$orderby=Version&$top=7`);
      expect(few.flatMap(({ versions }) => versions)).toEqual(MANY.stable.slice(0, 7));
      const more = await server.v2Pages(`/FindPackagesById()?id='${many}'&$orderby=Version&$top=110`);
      expect(more.flatMap(({ versions }) => versions)).toEqual(MANY.stable.slice(0, 110));
    });

    it('skip and take together as list asks for its pages', async () => {
      const pageAt = async (skip: number): Promise<readonly string[]> =>
        (
          await server.v2Feed(
            `/Search()?$orderby=Id&$skip=${skip}&$top=30&searchTerm='${many}'&includePrerelease=false`,
          )
        ).versions;
      const all = (await Promise.all([0, 30, 60, 90, 120].map(pageAt))).flat();
      expect(all.sort()).toEqual([...MANY.stable].sort());
      expect(await pageAt(150)).toEqual([]);
    });

    it('go on behind the entry that a $skiptoken names', async () => {
      const path = `/Packages()?$orderby=Id,Version&$filter=Id%20eq%20'${many}'&$skiptoken='${many}','1.126.0'`;
      expect((await server.v2Feed(path)).versions).toEqual(['1.127.0', '1.128.0', '1.129.0']);
    });

    it('count all entries with $inlinecount=allpages, by the filter and not by the page', async () => {
      const counted = async (options: string): Promise<number | undefined> =>
        (await server.v2Feed(`/FindPackagesById()?id='${many}'&$inlinecount=allpages${options}`)).count;
      expect(await counted('')).toBe(130);
      expect(await counted('&$top=3')).toBe(130);
      expect(await counted('&$skip=100')).toBe(130);
      expect(await counted('&$filter=IsLatestVersion')).toBe(1);
      expect(await counted('&semVerLevel=2.0.0')).toBe(131);
    });

    it('write the count as m:count, for clients that look for it as text', async () => {
      const { text } = await server.v2(`/Search()?searchTerm='${tag}'&$filter=IsLatestVersion&$inlinecount=allpages`);
      expect(text).toContain('<m:count>5</m:count>');
    });
  });
}
