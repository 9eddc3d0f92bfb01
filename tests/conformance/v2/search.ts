/** `Search()` and `Packages()` as each client asks them. */
import { expect, it } from '@jest/globals';

import { CORE, CORE_LISTED, CORE_LISTED_OLD } from '../support/fixture.ts';
import { describeClaims } from '../support/subject.ts';
import type { Subject } from '../support/subject.ts';

const sorted = (versions: readonly string[]): readonly string[] => [...versions].sort();
const words = (filter: string): string => filter.replaceAll(' ', '%20');

function describeSearch({ server, fixture }: Subject): void {
  const { tag, core, app, many, module, tool } = fixture;
  const newest = async (query: string): Promise<Readonly<Record<string, string>>> => {
    const { entries } = await server.v2Feed(`/Search()?${query}`);
    return Object.fromEntries(entries.map(({ id, version }) => [id, version]));
  };
  const latest = { [core]: '1.10.0', [app]: '1.2.3', [many]: '1.129.0', [module]: '1.1.0', [tool]: '1.0.0' };

  it('2.8.7, list: gives the latest version of each id, ordered by id', async () => {
    const query = `$filter=IsLatestVersion&$orderby=Id&$skip=0&$top=30&searchTerm='${tag}'&targetFramework=''&includePrerelease=false`;
    expect(await newest(query)).toEqual(latest);
    const { ids } = await server.v2Feed(`/Search()?${query}`);
    expect(ids).toEqual([app, core, many, module, tool]);
  });

  it('2.8.7, list -Prerelease: gives the newest version of each id', async () => {
    const query = `$filter=IsAbsoluteLatestVersion&$orderby=Id&$skip=0&$top=30&searchTerm='${tag}'&targetFramework=''&includePrerelease=true`;
    expect(await newest(query)).toEqual({ ...latest, [core]: CORE.prerelease, [module]: '1.2.0-beta' });
  });

  it('4.3 and newer: gives SemVer 2.0.0 versions with semVerLevel=2.0.0', async () => {
    const query = `$filter=IsAbsoluteLatestVersion&$orderby=Id&searchTerm='${tag}'&targetFramework='net45%7Cnet40'&includePrerelease=true&$skip=0&$top=30&semVerLevel=2.0.0`;
    expect(await newest(query)).toMatchObject({ [core]: CORE.semver2.at(-1), [many]: '2.0.0-a.1' });
  });

  it('list -AllVersions: gives listed versions only', async () => {
    const of = async (more: string): Promise<readonly string[]> =>
      sorted((await server.v2Feed(`/Search()?$orderby=Id&searchTerm='${core}'&targetFramework=''${more}`)).versions);
    expect(await of('&includePrerelease=false')).toEqual(sorted(CORE.stable));
    expect(await of('&includePrerelease=true')).toEqual(sorted(CORE_LISTED_OLD));
    expect(await of('&includePrerelease=true&semVerLevel=2.0.0')).toEqual(sorted(CORE_LISTED));
  });

  it('finds by a part of an id and by a tag, without case', async () => {
    const { ids } = await server.v2Feed(`/Search()?searchTerm='${tag.toLowerCase()}%20KERNEL'&$filter=IsLatestVersion`);
    expect(ids).toContain(core);
  });

  it('gives everything for an empty term', async () => {
    const { entries } = await server.v2Feed(
      "/Search()?$filter=IsLatestVersion&$top=5&searchTerm=''&targetFramework=''",
    );
    expect(entries).toHaveLength(5);
  });

  it('takes doubled quotes as a part of the term', async () => {
    const { entries } = await server.v2Feed(`/Search()?searchTerm='it''s%20${tag}nothing'&targetFramework=''`);
    expect(entries).toEqual([]);
  });

  it('JFrog form: takes a term of blanks', async () => {
    expect(await server.v2("/Search()?searchTerm='%20'&$top=1&includePrerelease=true")).toMatchObject({ status: 200 });
  });

  it('counts in plain text', async () => {
    const counted = await server.v2(`/Search()/$count?searchTerm='${tag}'&targetFramework=''&$filter=IsLatestVersion`);
    expect(counted.headers['content-type']).toMatch(/^text\/plain/);
    expect(counted.text.replace('\ufeff', '')).toBe('5');
  });

  it('with $top: gives no next link, however much there is', async () => {
    const { entries, next } = await server.v2Feed(`/Search()?searchTerm='${many}'&includePrerelease=false&$top=3`);
    expect(entries).toHaveLength(3);
    expect(next).toBeUndefined();
  });
}

function describeFilters({ server, fixture }: Subject): void {
  const { tag, core, module, many } = fixture;
  const lower = core.toLowerCase();
  const packages = async (query: string): Promise<readonly string[]> =>
    sorted((await server.v2Feed(`/Packages()?${query}`)).entries.map(({ id, version }) => `${id} ${version}`));
  const latestCore = [`${core} 1.10.0`];

  it.each([
    ['Chocolatey', `(tolower(Id) eq '${lower}') and IsLatestVersion&semVerLevel=2.0.0`],
    ['Paket', `Id eq '${core}' and IsLatestVersion`],
    ['Paket', `tolower(Id) eq '${lower}' and IsLatestVersion eq true`],
    ['Paket', `(Id eq '${core}') and (NormalizedVersion eq '1.10.0')`],
    [
      'NuGet.Core',
      `((tolower(Id) eq '${lower}') or (tolower(Id) eq '${tag.toLowerCase()}.nothing')) and IsLatestVersion`,
    ],
    ['NuGet.Core', `startswith(tolower(Id),'${lower}') and IsLatestVersion`],
    ['PSResourceGet', `startswith(Id,'${tag}') and endswith(Id,'Core') and IsLatestVersion`],
    ['PSResourceGet', `IsLatestVersion and Id eq '${core}'`],
  ])('%s: finds the latest version by %s', async (_client, filter) => {
    expect(await packages(`$filter=${words(filter)}`)).toEqual(latestCore);
  });

  it.each([
    ['2.8.7, on roots without functions', (term: string) => term.toLowerCase()],
    ['4.7 and newer, on roots without functions', (term: string) => term],
  ])('%s: finds by a filter over id, description and tags', async (_client, cased) => {
    const term = cased(`${tag}.Core`);
    const text = `(((Id ne null) and substringof('${term}',tolower(Id))) or ((Description ne null) and substringof('${term}',tolower(Description)))) or ((Tags ne null) and substringof(' ${term} ',tolower(Tags)))`;
    expect(await packages(`$filter=${words(`(${text}) and IsLatestVersion`)}&$orderby=Id&$skip=0&$top=30`)).toEqual(
      latestCore,
    );
  });

  it('Paket: takes Packages without parentheses, and lists every version of an id', async () => {
    const feed = await server.v2Feed(`/Packages?semVerLevel=2.0.0&$filter=Id%20eq%20'${core}'`);
    expect(feed.versions).toEqual(expect.arrayContaining([...CORE_LISTED]));
  });

  it('Paket: searches by a part of the id in lower case', async () => {
    const filter = words(
      `IsLatestVersion and IsAbsoluteLatestVersion and substringof('${tag.toLowerCase()}.app',tolower(Id))`,
    );
    expect(await packages(`$filter=${filter}`)).toEqual([`${tag}.App 1.2.3`]);
  });

  it('Chocolatey: finds by a tag', async () => {
    const filter = words(`substringof('PSModule',Tags) and startswith(Id,'${tag}') and IsLatestVersion`);
    expect(await packages(`$filter=${filter}`)).toEqual([`${module} 1.1.0`]);
  });

  it('hides SemVer 2.0.0 without semVerLevel', async () => {
    const all = await server.v2Feed(`/Packages()?$filter=Id%20eq%20'${core}'`);
    expect(all.versions.filter((version) => version.includes('rc.'))).toEqual([]);
  });

  it('takes quotes in a text doubled', async () => {
    expect(await packages(`$filter=${words(`Id eq 'O''Brien${tag}'`)}`)).toEqual([]);
  });

  it('finds a part of a text by substringof and by indexof', async () => {
    const filter = (text: string): Promise<readonly string[]> =>
      packages(`$filter=${words(text)}%20and%20IsLatestVersion`);
    expect(await filter(`substringof('${lower}',tolower(Id)) eq true`)).toEqual(latestCore);
    expect(await filter(`indexof(tolower(Id),'${lower}') ge 0`)).toEqual(latestCore);
  });

  it('Chocolatey: orders by two properties', async () => {
    const first = (order: string): Promise<readonly string[]> =>
      server
        .v2Feed(`/Packages()?$filter=Id%20eq%20'${core}'%20and%20IsPrerelease%20eq%20false&$orderby=${words(order)}`)
        .then(({ versions }) => versions.filter((version) => version !== CORE.unlisted));
    expect(await first('Id,Version desc')).toEqual([...CORE.stable].reverse());
    expect(await first('Id,Version')).toEqual([...CORE.stable]);
  });

  it('NuGet.Core: orders by downloads and takes the first three', async () => {
    const feed = await server.v2Feed(
      `/Packages()?$filter=startswith(tolower(Id),%27${tag.toLowerCase()}%27)&$orderby=DownloadCount%20desc,Id&$top=3`,
    );
    expect(feed.entries).toHaveLength(3);
  });

  it('PSResourceGet: gives at most a page for $top=6000, and the count of all', async () => {
    const filter = words(`Id eq '${many}'`);
    const feed = await server.v2Feed(`/Packages()?$filter=${filter}&$top=6000&$skip=0&$inlinecount=allpages`);
    expect(feed.count).toBe(130);
    expect(feed.entries).toHaveLength(100);
  });

  it('counts everything and a filtered part in plain text', async () => {
    const counted = await server.v2(`/Packages()/$count?$filter=${words(`Id eq '${many}'`)}`);
    expect(counted.text.replace('\ufeff', '')).toBe('130');
    const all = await server.v2('/Packages()/$count');
    expect(Number(all.text.replace('\ufeff', ''))).toBeGreaterThan(130);
  });

  it('refuses what it cannot read with 400 and a reason, not with a wrong answer', async () => {
    for (const filter of ['Nonsense eq 1', "Id eq 'x", "Id eq 'x' and", 'frobnicate(Id)']) {
      const answer = await server.v2(`/Packages()?$filter=${words(filter)}`);
      expect({ filter, status: answer.status }).toEqual({ filter, status: 400 });
      expect(answer.reason).not.toBe('');
    }
  });
}

export function describeV2Search(subject: Subject): void {
  describeClaims(subject, ['v2'], 'v2: Search()', () => describeSearch(subject));
  describeClaims(subject, ['v2'], 'v2: Packages()', () => describeFilters(subject));
}
