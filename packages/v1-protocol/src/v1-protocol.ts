/**
 * The NuGet v1 protocol over a feed: which resource a path names, and who answers it.
 *
 * Pre-releases, and what needs SemVer 2.0.0, do not exist here: the clients that speak v1 cannot read such versions.
 *
 * Source: NuGetGallery, ODataV1FeedController and its routes; recordings of NuGet 2.8 to 5.8 on v1 roots.
 */
import type { Answer, FeedProtocol, FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, MetadataStore } from '@feedfleet/store';
import { PackageReader, downloadAnswer, existing, parsePath, serviceDocument, shown } from '@feedfleet/v2-protocol';

export interface V1ProtocolOptions {
  readonly metadata: MetadataStore;
  readonly blobs: Pick<BlobStore, 'open'>;
}

const SERVICE_ROOT = '/';
/** Changes whenever the same packages are rendered into other bytes. */
const DOCUMENT_FORMAT = '1';

export function createV1Protocol({ metadata, blobs }: V1ProtocolOptions): FeedProtocol {
  return {
    mount: '/api/v1',
    otherMounts: ['/api/v1/FeedService.svc', '/v1', '/v1/FeedService.svc'],
    methods: ['GET', 'HEAD'],
    // Before a push, nuget.exe 2.8.7 and 3.3 read the URL that they push to, and take a 401 for the end.
    openPaths: [SERVICE_ROOT],
    format: DOCUMENT_FORMAT,
    answer: (query) => answerRequest(query, { metadata, blobs }),
  };
}

async function answerRequest(query: FeedQuery, { metadata, blobs }: V1ProtocolOptions): Promise<Answer> {
  const { resource, segments } = parsePath(query.path);
  const reader = new PackageReader({ metadata, feedId: query.feed.id, signal: query.signal });
  const [, ...rest] = segments;
  if (segments.length === 0) return serviceDocument(query.baseUrl);
  const named = resource === 'package' ? downloadOf(rest) : undefined;
  if (named === undefined) throw noSuchResource(query.path);
  const row = await existing(reader, named.id, named.version);
  if (row.isPrerelease || row.isSemVer2) {
    const detail = `${shown(named.id)} ${shown(named.version)} is a version that v1 does not know`;
    throw new ProblemError('noSuchPackage', { detail });
  }
  return downloadAnswer(row, { blobs, reader });
}

/** `package/{id}/{version}`, and `Package/Download/{id}/{version}` as the first gallery had it. */
function downloadOf(segments: readonly string[]): { readonly id: string; readonly version: string } | undefined {
  const isHistoric = segments.length === 3 && segments[0]?.toLowerCase() === 'download';
  const [id, version, ...more] = isHistoric ? segments.slice(1) : segments;
  return id === undefined || version === undefined || more.length > 0 ? undefined : { id, version };
}

function noSuchResource(path: string): ProblemError {
  const served = '/ and /package/{id}/{version}';
  return new ProblemError('noSuchResource', { detail: `Got ${shown(path)}; what is served: ${served}.` });
}
