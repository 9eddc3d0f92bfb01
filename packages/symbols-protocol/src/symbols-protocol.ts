/**
 * A symbol server: `GET /F/{feed}/symbols/{file}/{signature}/{file}`.
 *
 * PDBs are unpacked out of their symbols package while they are sent. The same key means the same content for ever, so answers are
 * kept by clients and caches.
 *
 * Source: dotnet/symstore, "Simple Symbol Query Protocol".
 */
import type { Answer, FeedProtocol, FeedQuery } from '@feedfleet/feed-endpoint';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, FoundSymbolFile, StoredBlob, SymbolStore } from '@feedfleet/store';
import { parseSymbolKey, readChecksums } from './symbol-key.ts';

export interface SymbolSources {
  readonly symbols: SymbolStore;
  readonly blobs: BlobStore;
}

interface Found {
  readonly file: FoundSymbolFile;
  readonly blob: StoredBlob | undefined;
}

export function createSymbolsProtocol(sources: SymbolSources): FeedProtocol {
  return {
    mount: '/symbols',
    methods: ['GET', 'HEAD'],
    // Old clients ask for an address before they push to it, and take a 401 for the end.
    openPaths: ['/', '/api/v2/package', '/api/v2/package/'],
    variesBy: { header: 'symbolchecksum', variantOf: (value) => value },
    answer: (query) => answer(query, sources),
  };
}

async function answer(query: FeedQuery, sources: SymbolSources): Promise<Answer> {
  const first = await find(query, sources);
  // A push may put other symbols in the place of those that were just found.
  const { file, blob } = first.blob === undefined ? await find(query, sources) : first;
  if (blob === undefined) {
    throw new ProblemError('corrupt', { detail: `the symbols package with ${file.fileName} is missing` });
  }
  return streamed(file, blob);
}

async function find(
  { feed, path, variant = '', signal }: FeedQuery,
  { symbols, blobs }: SymbolSources,
): Promise<Found> {
  const key = parseSymbolKey(path);
  if (key === undefined) {
    throw new ProblemError('noSuchResource', {
      detail: 'PDBs are at /F/{feed}/symbols/{file}/{signature}/{file}; the signature is the GUID and the age',
    });
  }
  const checksums = readChecksums(variant);
  const file = await symbols.findSymbols(feed.id, { ...key, checksums }, signal);
  if (file !== undefined) return { file, blob: await blobs.open(file.sha512) };
  const wanted = checksums.length === 0 ? 'this signature' : 'this signature and checksum';
  throw new ProblemError('noSuchSymbols', { detail: `the feed ${feed.name} has no ${key.fileName} of ${wanted}` });
}

async function streamed(file: FoundSymbolFile, blob: StoredBlob): Promise<Answer> {
  // Reading packages takes libraries that an idle family need not hold.
  const { unpackContent } = await import('@feedfleet/nupkg');
  const { content, checksum, sha512, fileName } = file;
  return {
    kind: 'stream',
    contentType: 'application/octet-stream',
    fileName,
    sizeBytes: content.sizeBytes,
    // The checksum leaves the id out, but the key has it.
    tag: checksum ?? `${sha512}.${content.start}`,
    open: () => unpackContent(content, (range) => blob.stream(range)),
  };
}
