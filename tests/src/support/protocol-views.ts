/**
 * What each way of asking a feed says about one package id, in the same words: so that all can be compared with one model.
 *
 * A version stands as its normalized form and its marks, such as `1.2.0 latest` or `2.0.0-a unlisted`, in the order of the answer.
 */
import { HIVES } from '../../conformance/support/hives.ts';
import { readFeed } from '../../conformance/support/atom.ts';
import type { Feed } from '../../conformance/support/atom.ts';
import type { Server } from '../../conformance/support/server.ts';
import type { ServiceIndex } from '../../conformance/support/service-index.ts';

/** What a way of asking lets through. */
export interface Visibility {
  /** SemVer 2.0.0 versions too. */
  readonly semver2: boolean;
  readonly prerelease: boolean;
  readonly unlisted: boolean;
  /** Which marks it makes. */
  readonly marks: 'none' | 'listing' | 'latest';
}

export interface View {
  readonly name: string;
  readonly visibility: Visibility;
  /** Ascending by version. */
  readonly isOrdered: boolean;
  /** Only how many there are, as the one element of what is read. */
  readonly isCount: boolean;
  readonly read: (id: string) => Promise<readonly (string | number)[]>;
}

const LIST = { isOrdered: true, isCount: false } as const;
const COUNT = { isOrdered: true, isCount: true } as const;

interface CatalogItem {
  readonly '@id': string;
  readonly '@type': string;
  readonly 'nuget:id': string;
  readonly 'nuget:version': string;
}

interface Leaf {
  readonly catalogEntry: { readonly version: string; readonly listed: boolean };
}

const normalized = (version: string): string => version.split('+')[0] ?? '';

function marked(feed: Feed, marks: Visibility['marks']): readonly string[] {
  return feed.entries.map(({ properties }) => {
    const is = (name: string): boolean => properties.get(name) === 'true';
    const words = [
      properties.get('NormalizedVersion') ?? '',
      properties.get('Published')?.startsWith('1900-') === true ? 'unlisted' : '',
      marks === 'latest' && is('IsLatestVersion') ? 'latest' : '',
      marks === 'latest' && is('IsAbsoluteLatestVersion') ? 'absolute' : '',
    ];
    return words.filter((word) => word !== '').join(' ');
  });
}

/** @param root - of v2; with two functions and one filter that all ask for the same id. */
function viewsOfV2(server: Server, root: string): readonly View[] {
  const level = (semver2: boolean): string => (semver2 ? '&semVerLevel=2.0.0' : '');
  const of = (visibility: Visibility, pathOf: (id: string) => string): View => ({
    name: `${root} ${pathOf('X')}`,
    visibility,
    ...LIST,
    read: async (id) => {
      const pages = await server.v2Pages(pathOf(id));
      return pages.flatMap((page) => marked(page, visibility.marks));
    },
  });
  return [false, true].flatMap((semver2) => [
    of(
      { semver2, prerelease: true, unlisted: true, marks: 'latest' },
      (id) => `/FindPackagesById()?id='${id}'&$orderby=Version${level(semver2)}`,
    ),
    of(
      { semver2, prerelease: true, unlisted: true, marks: 'latest' },
      (id) => `/Packages()?$filter=tolower(Id)%20eq%20'${id.toLowerCase()}'&$orderby=Version${level(semver2)}`,
    ),
    ...[false, true].map((prerelease) =>
      of(
        { semver2, prerelease, unlisted: false, marks: 'none' },
        (id) =>
          `/Search()?searchTerm='${id}'&targetFramework=''&includePrerelease=${prerelease}&$orderby=Version${level(semver2)}`,
      ),
    ),
  ]);
}

function countsOfV2(server: Server, root: string): readonly View[] {
  const count = async (path: string): Promise<readonly number[]> => {
    const { status, text } = await server.v2(path);
    if (status !== 200) throw new Error(`${status} for ${path}`);
    return [Number(text.replace('\ufeff', ''))];
  };
  return [
    {
      name: `${root} /Packages()/$count`,
      ...COUNT,
      visibility: { semver2: false, prerelease: true, unlisted: true, marks: 'none' },
      read: (id) => count(`/Packages()/$count?$filter=Id%20eq%20'${id}'`),
    },
    {
      name: `${root} /Search()/$count`,
      ...COUNT,
      visibility: { semver2: true, prerelease: true, unlisted: false, marks: 'none' },
      read: (id) => count(`/Search()/$count?searchTerm='${id}'&includePrerelease=true&semVerLevel=2.0.0`),
    },
  ];
}

/** v1 knows neither pre-releases nor SemVer 2.0.0, and its entries no normalized version: that stands in the address of the file. */
function viewsOfV1(server: Server): readonly View[] {
  const read = async (path: string): Promise<readonly string[]> =>
    readFeed(await server.send(server.addresses.v1 + path)).entries.map(({ download, properties }) => {
      const isUnlisted = properties.get('Published')?.startsWith('1900-') === true;
      return (download.split('/').at(-1) ?? '') + (isUnlisted ? ' unlisted' : '');
    });
  const stable = { semver2: false, prerelease: false, marks: 'listing' } as const;
  return [
    {
      name: 'v1 FindPackagesById()',
      visibility: { ...stable, unlisted: true },
      ...LIST,
      read: (id) => read(`/FindPackagesById()?id='${id}'&$orderby=Version`),
    },
    {
      name: 'v1 Search()',
      visibility: { ...stable, unlisted: false },
      ...LIST,
      read: (id) => read(`/Search()?searchTerm='${id}'&$orderby=Version`),
    },
  ];
}

function hiveViews(server: Server, index: ServiceIndex): readonly View[] {
  return HIVES.map(({ type, isOld }) => ({
    name: type,
    ...LIST,
    visibility: { semver2: !isOld, prerelease: true, unlisted: true, marks: 'listing' },
    read: async (id) => {
      const answer = await server.send(`${index.url(type)}/${id.toLowerCase()}/index.json`);
      if (answer.status === 404) return [];
      const { items } = JSON.parse(answer.text) as { readonly items: readonly { readonly items: readonly Leaf[] }[] };
      return items
        .flatMap((page) => page.items)
        .map(({ catalogEntry: { version, listed } }) => normalized(version) + (listed ? '' : ' unlisted'));
    },
  }));
}

function searchViews(server: Server, index: ServiceIndex): readonly View[] {
  const flags = [false, true].flatMap((semver2) => [false, true].map((prerelease) => ({ semver2, prerelease })));
  return flags.flatMap(({ semver2, prerelease }) => {
    const options = `prerelease=${prerelease}${semver2 ? '&semVerLevel=2.0.0' : ''}`;
    const visibility = { semver2, prerelease, unlisted: false, marks: 'none' } as const;
    const versionsFound = async (id: string): Promise<readonly string[]> => {
      const { data } = await server.json<{
        readonly data: readonly { readonly id: string; readonly versions: readonly { readonly version: string }[] }[];
      }>(`${index.url('SearchQueryService')}?q=${id}&${options}`);
      return (data.find((hit) => hit.id === id)?.versions ?? []).map(({ version }) => normalized(version));
    };
    const completed = async (id: string): Promise<readonly string[]> => {
      const { data } = await server.json<{ readonly data: readonly string[] }>(
        `${index.url('SearchAutocompleteService')}?id=${id}&${options}`,
      );
      return data.map(normalized);
    };
    return [
      { name: `search ${options}`, visibility, ...LIST, read: versionsFound },
      { name: `autocomplete ${options}`, visibility, ...LIST, read: completed },
    ];
  });
}

/** The last word of the catalog about each version. */
function catalogView(server: Server, index: ServiceIndex): View {
  return {
    name: 'catalog',
    visibility: { semver2: true, prerelease: true, unlisted: true, marks: 'listing' },
    isOrdered: false,
    isCount: false,
    read: async (id) => {
      const { items: pages } = await server.json<{ readonly items: readonly { readonly '@id': string }[] }>(
        index.url('Catalog/3.0.0'),
      );
      const last = new Map<string, CatalogItem>();
      for (const page of pages) {
        const { items } = await server.json<{ readonly items: readonly CatalogItem[] }>(page['@id']);
        for (const item of items) if (item['nuget:id'] === id) last.set(normalized(item['nuget:version']), item);
      }
      const there = [...last].filter(([, item]) => item['@type'] === 'nuget:PackageDetails');
      return Promise.all(
        there.map(async ([version, item]) => {
          const { listed } = await server.json<{ readonly listed: boolean }>(item['@id']);
          return version + (listed ? '' : ' unlisted');
        }),
      );
    },
  };
}

/** All ways of asking a feed whose roots are those of the servers. */
export function viewsOf(servers: readonly Server[], index: ServiceIndex): readonly View[] {
  const [server] = servers;
  if (server === undefined) return [];
  return [
    ...servers.flatMap((each, number) => [...viewsOfV2(each, `root ${number}`), ...countsOfV2(each, `root ${number}`)]),
    {
      name: 'flat container',
      ...LIST,
      visibility: { semver2: true, prerelease: true, unlisted: true, marks: 'none' },
      read: async (id) => {
        const answer = await server.send(`${index.url('PackageBaseAddress/3.0.0')}/${id.toLowerCase()}/index.json`);
        return answer.status === 404 ? [] : (JSON.parse(answer.text) as { readonly versions: string[] }).versions;
      },
    },
    ...viewsOfV1(server),
    ...hiveViews(server, index),
    ...searchViews(server, index),
    catalogView(server, index),
  ];
}
