/**
 * What clients ask a feed all day, each as a URL made for one of its ordinary ids. Where a query is about one id, its answer has the
 * same size in every feed; only then its cost can be compared. So the pages of searches are as small as what the smallest feed has
 * for them; where that is nothing, the report compares from the first feed on that has a full page.
 */
import { MAX_COMPLETED, MAX_FOUND } from '@feedfleet/store';

import { codeName, ORDINARY_VERSIONS, shapedIds, versionOf } from './feed-shape.ts';

/** How its cost may grow from the smallest feed to the largest: not at all, or with the logarithm of the size. */
type Growth = 'flat' | 'logarithmic';

export interface HotQuery {
  readonly title: string;
  readonly family: 'v2' | 'v3';
  readonly growth: Growth;
  /** A search with text or a completion: most that it finds, and counts. */
  readonly mostFound?: number;
  /** Only in feeds that have the id with very many versions. */
  readonly needsLargeId?: boolean;
  /** Below `/F/<feed>`. */
  readonly path: (id: string, draw: number) => string;
}

const LARGE = 'acme.core.nightly';
/** That no other id has. */
const lastPart = (id: string) => id.slice(id.lastIndexOf('.') + 1);
const registration = (id: string) => `/api/v3/registration/semver2/${id.toLowerCase()}`;

export const hotQueries: readonly HotQuery[] = [
  v3('flat container index', (id) => `/api/v3/flat/${id.toLowerCase()}/index.json`),
  v3('registration index', (id) => `${registration(id)}/index.json`),
  v3('registration leaf', (id) => `${registration(id)}/1.0.0.json`),
  { ...search('everything', () => 'take=26'), mostFound: Infinity },
  search('a rare word', (_, draw) => `q=${codeName(draw % 8)}&take=10`),
  search('an id', (id) => `q=${id}&take=26`),
  search('a word of every id', () => 'q=library&take=26'),
  search('three words of every id', () => 'q=fast%20tested%20library&take=26'),
  // In three ids of a thousand versions, and the more the more there are.
  search('a common word, a page of 3', () => 'q=json&take=3'),
  search('a common word, a page of 26', () => 'q=json&take=26'),
  // In two ids of ten thousand versions.
  search('three common words, a page of 2', () => 'q=acme%20json%20library&take=2'),
  search('three common words, a page of 20', () => 'q=acme%20json%20library&take=20'),
  completion("an id's start, a page of 1", (id) => `q=${id.slice(0, 9)}&take=1`),
  completion("an id's start, a page of 20", (id) => `q=${id.slice(0, 9)}&take=20`),
  completion('a word of many ids, a page of 6', () => 'q=acme&take=6'),
  completion('a letter, a page of 5', (id) => `q=${id.charAt(0)}&take=5`),
  v2("FindPackagesById()?id='X'", (id) => `/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`),
  v2(
    'FindPackagesById(), newest only',
    (id) => `/FindPackagesById()?$filter=IsLatestVersion&$orderby=Version%20desc&$top=1&id='${id}'`,
  ),
  v2("Packages(Id='X',Version='1.0.0')", (id) => `/Packages(Id='${id}',Version='1.0.0')`),
  v2(
    'Packages(), one id and the newest',
    (id) => `/Packages()?$filter=(tolower(Id)%20eq%20'${id.toLowerCase()}')%20and%20IsLatestVersion`,
  ),
  v2(
    'Packages(), ids with a prefix',
    (id) => `/Packages()?$filter=IsLatestVersion%20and%20startswith(Id,'${id.slice(0, -1)}')&$orderby=Id&$top=30`,
  ),
  v2(
    'Packages(), ids with a part',
    (id) =>
      `/Packages()?$filter=IsLatestVersion%20and%20substringof('${lastPart(id).toLowerCase()}',tolower(Id))&$top=30`,
  ),
  v2(
    'Packages(), most downloaded',
    () => '/Packages()?$filter=IsLatestVersion&$orderby=DownloadCount%20desc,Id&$top=30',
  ),
  v2('Packages(), newest first', () => '/Packages()?$orderby=Published%20desc&$top=30'),
  v2('Packages()/$count', () => '/Packages()/$count'),
  v2(
    'Search(), first page of everything',
    () =>
      "/Search()?$filter=IsLatestVersion&$orderby=Id&$skip=0&$top=30&searchTerm=''&targetFramework=''&includePrerelease=false",
    'logarithmic',
  ),
  v2(
    'Search() for a rare word',
    (_, draw) => `/Search()?$filter=IsLatestVersion&$orderby=Id&$skip=0&$top=30&searchTerm='${codeName(draw % 8)}'`,
    'logarithmic',
  ),
  v2('GetUpdates() of 10 ids', (id) => {
    const ids = Array.from({ length: 10 }, () => id).join('%7C');
    const versions = Array.from({ length: 10 }, () => '1.0.0').join('%7C');
    return `/GetUpdates()?packageIds='${ids}'&versions='${versions}'&includePrerelease=false&includeAllVersions=false`;
  }),
  { ...v3('registration index of 5,000 versions', () => `${registration(LARGE)}/index.json`), needsLargeId: true },
  {
    ...v2(
      'FindPackagesById(), 5,000 versions, first page',
      () => `/FindPackagesById()?id='${LARGE}'&semVerLevel=2.0.0`,
    ),
    needsLargeId: true,
  },
  {
    ...v2(
      'FindPackagesById(), 5,000 versions, newest',
      () => `/FindPackagesById()?$filter=IsLatestVersion&$orderby=Version%20desc&$top=1&id='${LARGE}'`,
    ),
    needsLargeId: true,
  },
];

function v3(title: string, path: HotQuery['path'], growth: Growth = 'flat'): HotQuery {
  return { title: `v3 ${title}`, family: 'v3', growth, path };
}

function search(title: string, parameters: HotQuery['path']): HotQuery {
  const path: HotQuery['path'] = (id, draw) => `/api/v3/query?${parameters(id, draw)}&semVerLevel=2.0.0`;
  return { ...v3(`search for ${title}`, path, 'logarithmic'), mostFound: MAX_FOUND };
}

function completion(title: string, parameters: HotQuery['path']): HotQuery {
  const path: HotQuery['path'] = (id, draw) => `/api/v3/autocomplete?${parameters(id, draw)}&semVerLevel=2.0.0`;
  return { ...v3(`autocomplete of ${title}`, path, 'logarithmic'), mostFound: MAX_COMPLETED };
}

function v2(title: string, path: (id: string, draw: number) => string, growth: Growth = 'flat'): HotQuery {
  return { title: `v2 ${title}`, family: 'v2', growth, path: (id, draw) => `/api/v2${path(id, draw)}` };
}

/** At most `limit` ids with the same number of versions, from all over the feed. */
export function ordinaryIds(size: number, limit: number): readonly string[] {
  const all = [...shapedIds(size)].filter(({ versions }) => versions === ORDINARY_VERSIONS).map(({ id }) => id);
  const step = Math.max(1, Math.floor(all.length / limit));
  return all.filter((_, index) => index % step === 0).slice(0, limit);
}

if (versionOf(0) !== '1.0.0') throw new Error('every id has a version 1.0.0');
