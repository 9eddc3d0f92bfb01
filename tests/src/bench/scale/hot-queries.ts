/**
 * What clients ask a feed all day, each as a URL made for one of its ordinary ids. Where a query is about one id, its answer has the
 * same size in every feed; only then its cost can be compared.
 */
import { codeName, ORDINARY_VERSIONS, shapedIds, versionOf } from './feed-shape.ts';

/** How its cost may grow from the smallest feed to the largest: not at all, or with the logarithm of the size. */
type Growth = 'flat' | 'logarithmic';

export interface HotQuery {
  readonly title: string;
  readonly family: 'v2' | 'v3';
  readonly growth: Growth;
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
  v3('search, first page of everything', () => '/api/v3/query?take=26&semVerLevel=2.0.0', 'logarithmic'),
  v3(
    'search for a rare word',
    (_, draw) => `/api/v3/query?q=${codeName(draw % 8)}&take=26&semVerLevel=2.0.0`,
    'logarithmic',
  ),
  v3('search for an id', (id) => `/api/v3/query?q=${id}&take=26&semVerLevel=2.0.0`, 'logarithmic'),
  // In three ids of the smallest feed, whose page is that much shorter.
  v3('search for a common word', () => '/api/v3/query?q=json&take=26&semVerLevel=2.0.0', 'logarithmic'),
  v3('search for a word of every id', () => '/api/v3/query?q=library&take=26&semVerLevel=2.0.0', 'logarithmic'),
  v3('search for three common words', () => '/api/v3/query?q=acme%20json%20library&take=26', 'logarithmic'),
  v3('autocomplete', (id) => `/api/v3/autocomplete?q=${id.slice(0, 9)}&take=20&semVerLevel=2.0.0`, 'logarithmic'),
  v3('autocomplete of a letter', (id) => `/api/v3/autocomplete?q=${id.charAt(0)}&take=20`, 'logarithmic'),
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
