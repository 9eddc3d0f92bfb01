import { describe, expect, it } from '@jest/globals';
import type { ScannedVersions, VersionSource } from '@feedfleet/store';
import { parseVersion, versionSortKey } from '@feedfleet/versioning';
import { findByIdQuery, packagesQuery, searchQuery } from './collection-request.ts';
import { parseOptions } from './odata-url.ts';
import { V2_PROPERTIES } from './package-property.ts';
import { planQuery } from './plan.ts';
import type { PackageQuery, Plan, PlannedSource } from './plan.ts';

/** What `Packages()?$filter=...` and the like ask. */
function queryOf(url: string): PackageQuery {
  const [resource = '', search = ''] = url.split('?');
  const options = parseOptions(search);
  if (resource === 'Search()') return searchQuery(options, V2_PROPERTIES);
  return (resource === 'Packages()' ? packagesQuery : findByIdQuery)(options, V2_PROPERTIES);
}

const planOf = (url: string): Plan => planQuery(queryOf(url));

const VERSION_OF = new Map(
  ['1.0.0', '1.9.0', '2.0.0'].map((text) => {
    const version = parseVersion(text);
    return [version === undefined ? '' : versionSortKey(version), text];
  }),
);

function versionsText(versions: ScannedVersions): string {
  if (versions.kind === 'latest') {
    return `${versions.includePrerelease ? 'absolute ' : ''}latest${versions.includeSemVer2 ? ' with SemVer 2' : ''}`;
  }
  const bound = (key: string | undefined): string => (key === undefined ? '' : (VERSION_OF.get(key) ?? key));
  const { from, to } = versions;
  return from === undefined && to === undefined ? 'all versions' : `versions ${bound(from)}..${bound(to)}`;
}

function idsText(source: Extract<VersionSource, { order: 'id' }>): string {
  switch (source.ids.kind) {
    case 'all':
      return 'every id';
    case 'prefix':
      return `${source.ids.prefix}*`;
    case 'named':
      return source.ids.ids.join('|');
  }
}

function sourceText({ source, listed }: PlannedSource): string {
  const state = listed === undefined ? '' : listed ? 'listed: ' : 'unlisted: ';
  switch (source.order) {
    case 'id': {
      const direction = `${source.descending ? ' down' : ''}${source.newestFirst ? ', newest first' : ''}`;
      return `${state}by id${direction}: ${idsText(source)}, ${versionsText(source.versions)}`;
    }
    case 'downloads':
      return `${state}by downloads: ${versionsText(source.versions)}`;
    case 'created':
    case 'edited': {
      const bounds = [source.from, source.to].map((instant) => instant?.slice(0, 10) ?? '').join('..');
      return `${state}by ${source.order}${source.descending ? ' down' : ''}${bounds === '..' ? '' : `: ${bounds}`}`;
    }
  }
}

/** The parts of what is read; then whether they have the order that is asked for, or are to be sorted. */
function planText(plan: Plan): string {
  if (plan.kind !== 'scan') return plan.kind;
  return `${plan.sources.map(sourceText).join(' + ')}${plan.isOrdered ? '' : '; sorted'}`;
}

describe('what is read', () => {
  it.each([
    // Ids that the filter names, or the function.
    ["FindPackagesById()?id='Core'", 'by id: core, all versions'],
    ["FindPackagesById()?id='Core'&$filter=IsLatestVersion", 'by id: core, latest'],
    ["FindPackagesById()?id='Core'&$filter=IsAbsoluteLatestVersion eq true", 'by id: core, absolute latest'],
    ["FindPackagesById()?id='Core'&$filter=IsLatestVersion&semVerLevel=2.0.0", 'by id: core, latest with SemVer 2'],
    ["FindPackagesById()?id='Core'&$filter=Version ge '1.9'", 'by id: core, versions 1.9.0..'],
    ["FindPackagesById()?id='Core'&$filter=NormalizedVersion eq '1.0.0.0'", 'by id: core, versions 1.0.0..1.0.0'],
    [
      "FindPackagesById()?id='Core'&$filter=Version gt '1.0' and '2.0' gt Version",
      'by id: core, versions 1.0.0..2.0.0',
    ],
    ["FindPackagesById()?id='Core'&$filter=Version ge '1.0' or IsPrerelease", 'by id: core, all versions'],
    ["FindPackagesById()?id='Core'&$filter=Version ge 'none'", 'by id: core, all versions'],
    ["FindPackagesById()?id=''", 'nothing'],
    ["Packages()?$filter=Id eq 'Core'", 'by id: core, all versions'],
    ["Packages()?$filter='CORE' eq tolower(Id)", 'by id: core, all versions'],
    ["Packages()?$filter=toupper(Id) eq tolower('CORE')", 'by id: core, all versions'],
    ["Packages()?$filter=(Id eq 'B' or Id eq 'A') and Version le '1.9'", 'by id: a|b, versions ..1.9.0'],
    ["Packages()?$filter=Id eq 'A' and Id eq 'B'", 'nothing'],
    ["Packages()?$filter=Id eq 'A' or Description eq 'x'", 'by id: every id, all versions'],
    ["Packages()?$filter=not (Id eq 'A')", 'by id: every id, all versions'],
    // Walks over all ids, or those that start alike.
    ['Packages()', 'by id: every id, all versions'],
    ['Packages()?$filter=IsLatestVersion', 'by id: every id, latest'],
    ['Packages()?$filter=IsLatestVersion eq true and IsAbsoluteLatestVersion', 'by id: every id, latest'],
    ['Packages()?$filter=IsLatestVersion eq false', 'by id: every id, all versions'],
    ['Packages()?$filter=not IsLatestVersion', 'by id: every id, all versions'],
    ['Packages()?$filter=IsLatestVersion or IsPrerelease', 'by id: every id, all versions'],
    ["Packages()?$filter=startswith(Id,'Acme.')", 'by id: acme.*, all versions'],
    [
      "Packages()?$filter=startswith(tolower(Id),'a') and startswith(Id,'Acme.') eq true",
      'by id: acme.*, all versions',
    ],
    ["Packages()?$filter=startswith(Id,'')", 'by id: every id, all versions'],
    ["Packages()?$filter=endswith(Id,'.core')", 'by id: every id, all versions'],
    ["Packages()?$filter=Version eq '1.0.0'", 'by id: every id, all versions'],
    // What is new.
    ["Packages()?$filter=Created gt datetime'2026-01-31'", 'by created: 2026-01-31..; sorted'],
    ["Packages()?$filter=datetime'2026-01-31' le LastUpdated", 'by edited: 2026-01-31..; sorted'],
    ["Packages()?$filter=Published gt datetime'2026-01-31'", 'by created: 2026-01-31..; sorted'],
    ["Packages()?$filter=Published gt datetime'1900-01-01'", 'by id: every id, all versions'],
    ["Packages()?$filter=Created lt datetime'2026-01-31'", 'by id: every id, all versions'],
    ["Packages()?$filter=Created gt datetime'2026-01-31' and Id eq 'A'", 'by id: a, all versions'],
    // Words.
    ["Search()?searchTerm='core'", 'by id: every id, all versions'],
    ["Search()?searchTerm=''&$filter=IsLatestVersion", 'by id: every id, latest'],
  ])('%s: %s', (url, text) => {
    expect(planText(planOf(url))).toBe(text);
  });
});

describe('the order', () => {
  it.each([
    ['Packages()?$orderby=Id', 'by id: every id, all versions'],
    ['Packages()?$orderby=Id desc', 'by id down: every id, all versions'],
    ['Packages()?$orderby=Id,Version desc', 'by id, newest first: every id, all versions'],
    ['Packages()?$orderby=Id desc,NormalizedVersion,Description', 'by id down: every id, all versions'],
    ['Packages()?$orderby=Version desc', 'by id: every id, all versions; sorted'],
    ["FindPackagesById()?id='A'&$orderby=Version desc", 'by id, newest first: a, all versions'],
    ["FindPackagesById()?id='A'&$orderby=Id,Version desc", 'by id, newest first: a, all versions'],
    ["FindPackagesById()?id='A'&$orderby=Published desc", 'by id: a, all versions; sorted'],
    ["FindPackagesById()?id='A'&$filter=IsLatestVersion&$orderby=DownloadCount", 'by id: a, latest'],
    ["Packages()?$filter=Id eq 'A' or Id eq 'B'&$orderby=Version", 'by id: a|b, all versions; sorted'],
    ['Packages()?$filter=IsLatestVersion&$orderby=Id,Description', 'by id: every id, latest'],
    ['Packages()?$orderby=DownloadCount desc', 'by downloads: all versions'],
    ['Packages()?$orderby=DownloadCount desc,Id', 'by downloads: all versions'],
    ['Packages()?$filter=IsLatestVersion&$orderby=DownloadCount desc,Id', 'by downloads: latest'],
    ['Packages()?$orderby=DownloadCount', 'by id: every id, all versions; sorted'],
    ['Packages()?$orderby=DownloadCount desc,Id desc', 'by id: every id, all versions; sorted'],
    ["Packages()?$filter=startswith(Id,'a')&$orderby=DownloadCount desc", 'by id: a*, all versions; sorted'],
    ['Packages()?$orderby=Created desc', 'by created down'],
    ["Packages()?$filter=Created ge datetime'2026-01-31'&$orderby=Created", 'by created: 2026-01-31..'],
    ["Packages()?$filter=Created ge datetime'2026-01-31'&$orderby=Id", 'by created: 2026-01-31..; sorted'],
    ['Packages()?$orderby=LastEdited desc,Id,Version', 'by edited down'],
    ['Packages()?$orderby=LastEdited desc,Title', 'by id: every id, all versions; sorted'],
    // All unlisted versions are published at one instant, in 1900.
    ['Packages()?$orderby=Published', 'unlisted: by id: every id, all versions + listed: by created'],
    ['Packages()?$orderby=Published desc', 'listed: by created down + unlisted: by id: every id, all versions'],
    ["Packages()?$filter=Published gt datetime'2026-01-31'&$orderby=Published", 'listed: by created: 2026-01-31..'],
    ["Search()?searchTerm=''&$orderby=Published desc", 'listed: by created down'],
    ['Packages()?$orderby=Title', 'by id: every id, all versions; sorted'],
  ])('%s: %s', (url, text) => {
    expect(planText(planOf(url))).toBe(text);
  });
});

describe('the number of matches', () => {
  const wholeOf = (url: string) => {
    const plan = planOf(url);
    return plan.kind === 'scan' ? plan.whole : undefined;
  };
  const [latest, all] = [{ versions: 'latest' }, { versions: 'all' }] as const;
  const old = { includeSemVer2: false, text: '' } as const;

  it.each([
    ['Packages()', { ...all, ...old, includePrerelease: true, includeUnlisted: true }],
    [
      'Packages()?semVerLevel=2.0.0',
      { ...all, ...old, includeSemVer2: true, includePrerelease: true, includeUnlisted: true },
    ],
    ['Packages()?$filter=IsLatestVersion', { ...latest, ...old, includePrerelease: false, includeUnlisted: false }],
    [
      'Packages()?$filter=IsAbsoluteLatestVersion eq true&$orderby=Title',
      { ...latest, ...old, includePrerelease: true, includeUnlisted: false },
    ],
    ["Search()?searchTerm='x'", { ...all, ...old, text: 'x', includePrerelease: false, includeUnlisted: false }],
    [
      "Search()?searchTerm='x'&$filter=IsLatestVersion",
      { ...latest, ...old, text: 'x', includePrerelease: false, includeUnlisted: false },
    ],
  ])('is that of a list: %s', (url, whole) => {
    expect(wholeOf(url)).toEqual(whole);
  });

  it.each([
    "FindPackagesById()?id='A'",
    "Packages()?$filter=startswith(Id,'a')",
    'Packages()?$filter=IsLatestVersion and IsPrerelease',
    'Packages()?$filter=IsPrerelease',
    // Pre-releases among the latest are not wanted, but in the list.
    "Search()?searchTerm='x'&$filter=IsAbsoluteLatestVersion",
  ])('only the filter tells: %s', (url) => {
    expect(wholeOf(url)).toBeUndefined();
  });
});

describe('what the ids contain', () => {
  const substringsOf = (url: string) => {
    const plan = planOf(url);
    return plan.kind === 'scan' ? plan.substrings : undefined;
  };
  const id = (text: string) => ({ kind: 'part', column: 'id', text }) as const;
  const tags = (text: string) => ({ kind: 'part', column: 'tags', text }) as const;

  it.each([
    ["Packages()?$filter=substringof('Core',Id)", id('core')],
    ["Packages()?$filter=IsLatestVersion and substringof(' math ',Tags)", tags(' math ')],
    [
      "Packages()?$filter=IsLatestVersion and (substringof('abc',Id) or substringof('abc',tolower(Tags)))",
      { kind: 'some', of: [id('abc'), tags('abc')] },
    ],
    ["Packages()?$filter=startswith(Id,'abc') and endswith(Id,'xyz')", { kind: 'every', of: [id('abc'), id('xyz')] }],
  ])('is asked of the index: %s', (url, substrings) => {
    expect(substringsOf(url)).toEqual(substrings);
  });

  it.each([
    // The index knows tags and titles of latest versions only, and texts from three characters on.
    "Packages()?$filter=substringof('math',Tags)",
    "Packages()?$filter=substringof('ab',Id)",
    "Packages()?$filter=substringof('abc',Id) or IsPrerelease",
    "Packages()?$filter=Id eq 'A' and substringof('abc',Id)",
    "FindPackagesById()?id='A'&$filter=substringof('abc',Id)",
    'Packages()',
  ])('is not asked: %s', (url) => {
    expect(substringsOf(url)).toBeUndefined();
  });
});

describe('a filter', () => {
  const naming = (count: number) =>
    planOf(`Packages()?$filter=${Array.from({ length: count }, (_, index) => `Id eq 'x${index}'`).join(' or ')}`);

  it('may name a hundred ids', () => {
    expect(naming(100)).toMatchObject({ kind: 'scan', isOrdered: true });
    expect(naming(101)).toEqual({ kind: 'refused', detail: '$filter: expected at most 100 ids, got 101' });
  });
});
