/**
 * The NuGet v2 protocol over a feed: which resource a path names, and who answers it.
 *
 * Source: NuGetGallery, ODataV2FeedController and its routes; recordings of NuGet 2.8 to 5.8.
 */
import type { Answer, BytesAnswer, FeedProtocol, FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { MetadataStore } from '@feedfleet/store';
import { BY_ACCEPT, withAcceptedFormat } from './accepted-format.ts';
import { DOCUMENT_FORMAT, documentAnswer } from './atom-document.ts';
import { answerBatch } from './batch.ts';
import { checkOptions, findByIdQuery, includesSemVer2, packagesQuery, searchQuery } from './collection-request.ts';
import { ENTRY_FORMAT } from './entry.ts';
import { answerCollection, queryCollection, updatesCollection } from './package-collection.ts';
import { existing, newestVersion } from './package-download.ts';
import { localSourceOver } from './local-source.ts';
import type { LocalStores } from './local-source.ts';
import { idList, versionList } from './package-names.ts';
import { answerPackage } from './package-entity.ts';
import { packageReads } from './package-reads.ts';
import type { PackageReads } from './package-reads.ts';
import { shown } from './odata-literal.ts';
import { parseOptions, parsePath, withArguments } from './odata-url.ts';
import type { ODataPath, QueryOptions } from './odata-url.ts';
import { metadataDocument, serviceDocument } from './service-document.ts';
import { V2_ENTITY } from './v2-entity.ts';

export interface V2ProtocolOptions extends LocalStores {
  /** Path between the feed and the protocol: empty for the default family, `/api/v2` for v2. */
  readonly mount: '' | '/api/v2';
}

/** One request, taken apart. */
interface V2Request {
  readonly query: FeedQuery;
  readonly path: ODataPath;
  readonly options: QueryOptions;
  readonly reads: PackageReads;
}

const SERVICE_ROOT = '/';

export function createV2Protocol({ mount, ...stores }: V2ProtocolOptions): FeedProtocol {
  return {
    mount,
    // Before a push, nuget.exe 2.8.7 and 3.3 read the URL that they push to, and take a 401 for the end.
    openPaths: [SERVICE_ROOT],
    variesBy: BY_ACCEPT,
    format: `${DOCUMENT_FORMAT}.${ENTRY_FORMAT}`,
    localSource: localSourceOver(stores, V2_ENTITY),
    answer: async (given) => {
      const query = belowItems(given);
      // The reads of a batch share the engine, and with it what one query may cost.
      const reads = packageReads(query, stores);
      const answer = (read: FeedQuery) => answerRequest({ ...takenApart(read), reads }, stores.metadata);
      const isBatch = query.method === 'POST' && parsePath(query.path).resource === '$batch';
      return isBatch ? answerBatch(query, answer) : answer(query);
    },
  };
}

function takenApart(query: FeedQuery): Pick<V2Request, 'query' | 'path' | 'options'> {
  const path = parsePath(query.path);
  if (query.method === 'POST' && path.resource !== 'getupdates') throw getOnly();
  const options = parseOptions(query.method === 'POST' ? `${query.search}&${query.body}` : query.search);
  return { query, path, options: withArguments(withAcceptedFormat(options, query), path) };
}

/** PowerShell's galleries have a root for each kind of item below that of the feed; ours has the same packages everywhere. */
function belowItems(query: FeedQuery): FeedQuery {
  const [root] = /^\/items\/(?:psscript|psmodule)(?=\/|$)/i.exec(query.path) ?? [];
  if (root === undefined) return query;
  return { ...query, path: query.path.slice(root.length) || '/', baseUrl: query.baseUrl + root };
}

async function answerRequest(request: V2Request, metadata: MetadataStore): Promise<Answer> {
  const { query, path, options, reads } = request;
  const { resource, segments } = path;
  if (segments.length === 0) return serviceDocument(query.baseUrl);
  const [, first, second] = segments;
  switch (resource) {
    case '$metadata':
      if (segments.length === 1) return metadataDocument();
      break;
    case 'packages':
      if (path.arguments !== undefined && path.arguments.trim() !== '') return answerEntity(request);
      return answerFeed(request);
    case 'findpackagesbyid':
    case 'search':
    case 'getupdates':
      return answerFeed(request);
    case 'package':
      if (first !== undefined && segments.length <= 3) return answerDownload(reads, first, second);
      break;
    case 'package-ids':
      if (segments.length === 1) return jsonAnswer(await idList(request, metadata));
      break;
    case 'package-versions':
      if (first !== undefined && segments.length === 2) {
        return jsonAnswer(await versionList(reads.engine, first, options));
      }
  }
  throw noSuchResource(query.path);
}

async function answerFeed(request: V2Request): Promise<BytesAnswer> {
  const { query, path, options, reads } = request;
  const { engine } = reads;
  const isCount = path.segments.length === 2 && path.segments[1]?.toLowerCase() === '$count';
  if (path.segments.length > 1 && !isCount) throw noSuchResource(query.path);
  checkOptions(options);
  const { baseUrl } = query;
  const { properties } = V2_ENTITY;
  const target = { entity: V2_ENTITY, baseUrl, path: query.path, options, isCount };
  const asked = { resource: 'Packages', options } as const;
  switch (path.resource) {
    case 'getupdates':
      return answerCollection({ ...target, name: 'GetUpdates', ...updatesCollection(engine, options, properties) });
    case 'search':
      return answerCollection({
        ...target,
        name: 'Search',
        ...queryCollection(engine, searchQuery(options, properties), { resource: 'Search', options }),
      });
    case 'findpackagesbyid':
      return answerCollection({
        ...target,
        name: 'FindPackagesById',
        ...queryCollection(engine, findByIdQuery(options, properties), asked),
      });
    default:
      return answerCollection({
        ...target,
        name: 'Packages',
        ...queryCollection(engine, packagesQuery(options, properties), asked),
      });
  }
}

async function answerEntity({ query, path, options, reads }: V2Request): Promise<Answer> {
  const answer = await answerPackage({
    ...{ entity: V2_ENTITY, baseUrl: query.baseUrl, path, options },
    viewpoint: { includeSemVer2: includesSemVer2(options) },
    find: (id, version) => existing(reads.reader, id, version),
    download: reads.download,
  });
  if (answer === undefined) throw noSuchResource(query.path);
  return answer;
}

async function answerDownload(
  { engine, download }: PackageReads,
  id: string,
  version: string | undefined,
): Promise<Answer> {
  if (version !== undefined) return download(id, version);
  const newest = await newestVersion(engine, id);
  if (newest === undefined) throw new ProblemError('noSuchPackage', { detail: `There is no listed ${shown(id)}.` });
  return download(newest.id, newest.normalizedVersion);
}

function jsonAnswer(values: readonly string[]): BytesAnswer {
  return documentAnswer('application/json;charset=utf-8', JSON.stringify(values));
}

function getOnly(): ProblemError {
  return new ProblemError('methodNotAllowed', {
    detail: 'Only GetUpdates() and $batch take POST.',
    headers: { allow: 'GET, HEAD' },
  });
}

function noSuchResource(path: string): ProblemError {
  const served =
    "/, /$metadata, /Packages(), /Packages(Id='X',Version='1.0'), /FindPackagesById()?id='X', /Search()?searchTerm='x', " +
    '/GetUpdates(), POST /$batch, /package/{id}/{version}, /package-ids and /package-versions/{id}';
  return new ProblemError('noSuchResource', { detail: `Got ${shown(path)}; what is served: ${served}.` });
}
