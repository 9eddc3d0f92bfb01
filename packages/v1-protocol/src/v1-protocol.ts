/**
 * The NuGet v1 protocol over a feed: which resource a path names, and who answers it.
 *
 * Pre-releases, and what needs SemVer 2.0.0, do not exist here: the clients that speak v1 cannot read such versions.
 *
 * Source: NuGetGallery, ODataV1FeedController and its routes; recordings of NuGet 2.8 to 5.8 on v1 roots.
 */
import type { Answer, BytesAnswer, FeedProtocol, FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { StoredVersion } from '@feedfleet/store';
import {
  BY_ACCEPT,
  DOCUMENT_FORMAT,
  answerCollection,
  answerPackage,
  checkOptions,
  existing,
  findByIdQuery,
  localSourceOver,
  packageReads,
  packagesQuery,
  parseOptions,
  parsePath,
  queryCollection,
  searchQuery,
  serviceDocument,
  shown,
  withAcceptedFormat,
  withArguments,
} from '@feedfleet/v2-protocol';
import type {
  CollectionRequest,
  LocalStores,
  ODataPath,
  PackageQuery,
  PackageReads,
  QueryOptions,
} from '@feedfleet/v2-protocol';
import { metadataDocument } from './metadata-document.ts';
import { V1_ENTITY } from './v1-entity.ts';

export type V1ProtocolOptions = LocalStores;

/** One request, taken apart. */
interface V1Request {
  readonly query: FeedQuery;
  readonly path: ODataPath;
  readonly options: QueryOptions;
  readonly reads: PackageReads;
}

const SERVICE_ROOT = '/';
/** Version of the entries: changes whenever the same packages are rendered into other bytes. */
const ENTRY_FORMAT = 1;
/** What exists here. */
const VISIBLE = { includePrerelease: false, includeSemVer2: false } as const;

export function createV1Protocol(stores: V1ProtocolOptions): FeedProtocol {
  return {
    mount: '/api/v1',
    otherMounts: ['/api/v1/FeedService.svc', '/v1', '/v1/FeedService.svc'],
    methods: ['GET', 'HEAD'],
    // Before a push, nuget.exe 2.8.7 and 3.3 read the URL that they push to, and take a 401 for the end.
    openPaths: [SERVICE_ROOT],
    variesBy: BY_ACCEPT,
    format: `${DOCUMENT_FORMAT}.${ENTRY_FORMAT}`,
    localSource: localSourceOver(stores, { properties: V1_ENTITY.properties, visible: VISIBLE }),
    answer: async (query) => {
      const path = parsePath(query.path);
      const options = withArguments(withAcceptedFormat(parseOptions(query.search), query), path);
      return answerRequest({ query, path, options, reads: packageReads(query, stores) });
    },
  };
}

async function answerRequest(request: V1Request): Promise<Answer> {
  const { query, path } = request;
  const [, ...rest] = path.segments;
  if (path.segments.length === 0) return serviceDocument(query.baseUrl);
  switch (path.resource) {
    case '$metadata':
      if (rest.length === 0) return metadataDocument();
      break;
    case 'packages':
      if (path.arguments !== undefined && path.arguments.trim() !== '') return answerEntity(request);
      return answerFeed(request, 'Packages', packagesQuery);
    case 'findpackagesbyid':
      return answerFeed(request, 'FindPackagesById', findByIdQuery);
    case 'search':
      return answerFeed(request, 'Search', searchQuery);
    case 'package':
      return answerDownload(request, rest);
  }
  throw noSuchResource(query.path);
}

async function answerFeed(
  { query, path, options, reads }: V1Request,
  name: CollectionRequest['name'],
  queryOf: (options: QueryOptions, properties: PackageQuery['properties']) => PackageQuery,
): Promise<BytesAnswer> {
  const isCount = path.segments.length === 2 && path.segments[1]?.toLowerCase() === '$count';
  if (path.segments.length > 1 && !isCount) throw noSuchResource(query.path);
  checkOptions(options);
  const asked = { resource: name === 'Search' ? 'Search' : 'Packages', options } as const;
  const shownQuery = { ...queryOf(options, V1_ENTITY.properties), ...VISIBLE };
  const collection = queryCollection(reads.engine, shownQuery, asked);
  const { baseUrl } = query;
  return answerCollection({ entity: V1_ENTITY, name, baseUrl, path: query.path, options, isCount, ...collection });
}

async function answerEntity({ query, path, options, reads }: V1Request): Promise<Answer> {
  const find = (id: string, version: string) => visible(reads, id, version);
  const answer = await answerPackage({
    ...{ entity: V1_ENTITY, baseUrl: query.baseUrl, viewpoint: VISIBLE, path, options, find },
    download: async (id, version) => {
      const row = await find(id, version);
      return reads.download(row.id, row.normalizedVersion);
    },
  });
  if (answer === undefined) throw noSuchResource(query.path);
  return answer;
}

/** `package/{id}/{version}`, and `Package/Download/{id}/{version}` as the first gallery had it. */
async function answerDownload({ query, reads }: V1Request, segments: readonly string[]): Promise<Answer> {
  const isHistoric = segments.length === 3 && segments[0]?.toLowerCase() === 'download';
  const [id, version, ...more] = isHistoric ? segments.slice(1) : segments;
  if (id === undefined || version === undefined || more.length > 0) throw noSuchResource(query.path);
  const row = await visible(reads, id, version);
  return reads.download(row.id, row.normalizedVersion);
}

/** @throws ProblemError `FF_NO_SUCH_PACKAGE`, also for versions that v1 does not know. */
async function visible({ reader }: PackageReads, id: string, version: string): Promise<StoredVersion> {
  const row = await existing(reader, id, version);
  if (!row.isPrerelease && !row.isSemVer2) return row;
  const detail = `v1 knows no pre-releases and no versions of SemVer 2.0.0, such as ${shown(version)} of ${shown(id)}.`;
  throw new ProblemError('noSuchPackage', { detail });
}

function noSuchResource(path: string): ProblemError {
  const served =
    "/, /$metadata, /Packages(), /Packages(Id='X',Version='1.0'), /FindPackagesById()?id='X', /Search()?searchTerm='x', " +
    '/package/{id}/{version} and /Package/Download/{id}/{version}';
  return new ProblemError('noSuchResource', { detail: `Got ${shown(path)}; what is served: ${served}.` });
}
