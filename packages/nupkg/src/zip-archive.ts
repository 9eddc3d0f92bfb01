/**
 * A zip file on disk, read by its central directory, one entry at a time.
 *
 * What is wanted is inflated in one bounded step, what is only verified in pieces; either way no entry unpacks to more than
 * was asked for, whatever its header says, and no read is under way when the file is closed.
 *
 * Source: PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", sections 4.3.7 (local header) and 4.3.12 (central directory).
 */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { crc32, createInflateRaw, inflateRaw } from 'node:zlib';
import { ProblemError } from '@feedfleet/problems';
import { fromFdPromise, getFileNameLowLevel } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { damagedZip, isDiskFault, PackedPieces, PIECE_BYTES, readExactly, unpackedPieces } from './packed-pieces.ts';
import type { ContentPlace } from './packed-pieces.ts';
import type { PackedContent } from './packed-content.ts';
import { quoted, refusal } from './refusal.ts';

export interface ZipEntry {
  readonly name: string;
  readonly compressedBytes: number;
  readonly uncompressedBytes: number;
  readonly compression: 'stored' | 'deflated' | 'other';
  readonly isEncrypted: boolean;
  /** Milliseconds since the epoch. The format knows no time zone: up to half a day off. */
  readonly changedMs: number;
  readonly source: Entry;
}

export interface ZipArchive {
  readonly sizeBytes: number;
  /** As the end of the central directory tells it. */
  readonly entryCount: number;
  entries(): AsyncIterable<ZipEntry>;
  /**
   * @returns undefined when the entry unpacks to more than `maxBytes`.
   * @throws ProblemError `FF_INVALID_PACKAGE` when the content is damaged.
   */
  read(entry: ZipEntry, maxBytes: number): Promise<Buffer | undefined>;
  /**
   * Unpacks the entry to nowhere, in small pieces, and no further than the size that it declares.
   *
   * @throws ProblemError `FF_INVALID_PACKAGE` when it has another name, size or checksum than it declares, or is damaged; the
   *   signal's reason.
   */
  verify(entry: ZipEntry, signal: AbortSignal): Promise<void>;
  /** Where the content of an entry lies in the file. */
  place(entry: ZipEntry): Promise<PackedContent>;
  /** The content of an entry that was verified, in pieces, as far as it is wanted. @throws the signal's reason. */
  unpack(entry: ZipEntry, signal: AbortSignal): AsyncIterable<Uint8Array>;
}

const LOCAL_HEADER_SIGNATURE = 0x04034b50;
const COMPRESSIONS: ReadonlyMap<number, ZipEntry['compression']> = new Map([
  [0, 'stored'],
  [8, 'deflated'],
]);
const inflate = promisify<Buffer, { maxOutputLength: number }, Buffer>(inflateRaw);

/**
 * Opens the zip file for as long as `use` runs.
 *
 * @throws ProblemError `FF_INVALID_PACKAGE` when the file is no zip file, or is damaged; `FF_STORE_UNAVAILABLE` when the disk fails.
 */
export async function withZipArchive<T>(path: string, use: (archive: ZipArchive) => Promise<T>): Promise<T> {
  try {
    const file = await open(path, 'r');
    try {
      return await use(await openArchive(file));
    } finally {
      await file.close();
    }
  } catch (error) {
    throw isDiskFault(error) ? new ProblemError('storeUnavailable', { cause: error }) : error;
  }
}

async function openArchive(file: FileHandle): Promise<ZipArchive> {
  const { size: sizeBytes } = await file.stat();
  const signature = await readExactly(file, { start: 0, length: 4 });
  if (signature?.readUInt32LE(0) !== LOCAL_HEADER_SIGNATURE) throw refusal('The package is not a zip file');
  const zip = await fromFdPromise(file.fd, { autoClose: false, decodeStrings: false }).catch(damaged);
  return {
    sizeBytes,
    entryCount: zip.entryCount,
    entries: () => entriesOf(zip),
    read: (entry, maxBytes) => readContent({ file, zip, entry, maxBytes }),
    verify: async (entry, signal) => verifyContent(entry, { file, content: await packedContent(zip, entry), signal }),
    place: (entry) => packedContent(zip, entry),
    unpack: async function* (entry, signal) {
      yield* unpackedPieces({ file, content: await packedContent(zip, entry), signal });
    },
  };
}

/** Where the content of an entry begins, behind its local header: readers that stream go by the name there. */
async function contentStart(zip: ZipFile, entry: ZipEntry): Promise<number> {
  const header = await zip.readLocalFileHeaderPromise(entry.source, {}).catch(damaged);
  if (!header.fileName.equals(entry.source.fileNameRaw)) {
    throw refusal('The package names an entry differently in its two directories');
  }
  return header.fileDataStart;
}

async function packedContent(zip: ZipFile, entry: ZipEntry): Promise<PackedContent> {
  const { name, compression, compressedBytes: packedBytes, uncompressedBytes: sizeBytes } = entry;
  if (compression === 'other') throw refusal(`The entry ${quoted(name)} uses a compression method other than deflate`);
  return { start: await contentStart(zip, entry), packedBytes, sizeBytes, compression };
}

function damaged(cause: unknown): never {
  throw damagedZip(cause);
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<ZipEntry> {
  const source = zip.eachEntry();
  for (;;) {
    const step = await source.next().catch(damaged);
    if (step.done === true) return;
    yield entryOf(step.value);
  }
}

function entryOf(source: Entry): ZipEntry {
  return {
    name: getFileNameLowLevel(source.generalPurposeBitFlag, source.fileNameRaw, source.extraFields, true),
    compressedBytes: source.compressedSize,
    uncompressedBytes: source.uncompressedSize,
    compression: COMPRESSIONS.get(source.compressionMethod) ?? 'other',
    isEncrypted: source.isEncrypted(),
    changedMs: source.getLastModDate({ timezone: 'UTC' }).getTime(),
    source,
  };
}

async function readContent(given: {
  readonly file: FileHandle;
  readonly zip: ZipFile;
  readonly entry: ZipEntry;
  readonly maxBytes: number;
}): Promise<Buffer | undefined> {
  const { file, zip, entry, maxBytes } = given;
  // Deflate never needs more than a few bytes a block beyond what it was given.
  if (entry.uncompressedBytes > maxBytes || entry.compressedBytes > maxBytes + 1024) return undefined;
  if (entry.isEncrypted) throw refusal('The package is encrypted');
  const packed = await readExactly(file, { start: await contentStart(zip, entry), length: entry.compressedBytes });
  if (packed === undefined) throw damagedZip('the content ends early');
  const content = await unpack({ packed, entry, maxBytes });
  if (content.length !== entry.uncompressedBytes || crc32(content) !== entry.source.crc32) {
    throw refusal('The content of the package does not match its checksum');
  }
  return content;
}

async function unpack(given: {
  readonly packed: Buffer;
  readonly entry: ZipEntry;
  readonly maxBytes: number;
}): Promise<Buffer> {
  const { packed, entry, maxBytes } = given;
  switch (entry.compression) {
    case 'stored':
      return packed;
    case 'deflated':
      return inflate(packed, { maxOutputLength: Math.max(1, Math.min(maxBytes, entry.uncompressedBytes)) }).catch(
        damaged,
      );
    case 'other':
      throw refusal('The package uses a compression method other than deflate');
  }
}

async function verifyContent(entry: ZipEntry, place: ContentPlace): Promise<void> {
  const { signal } = place;
  signal.throwIfAborted();
  // Some writers call an empty entry deflated and write nothing.
  if (entry.compressedBytes === 0 && entry.uncompressedBytes === 0 && entry.source.crc32 === 0) return;
  const { name, uncompressedBytes } = entry;
  let size = 0;
  let sum = 0;
  const count = async (pieces: AsyncIterable<Buffer>): Promise<void> => {
    for await (const piece of pieces) {
      size += piece.length;
      if (size > uncompressedBytes) throw refusal(`The entry ${quoted(name)} unpacks to more than it declares`);
      sum = crc32(piece, sum);
    }
  };
  const packed = new PackedPieces(place);
  try {
    if (entry.compression === 'stored') await count(packed.pieces());
    else await pipeline(packed.pieces(), createInflateRaw({ chunkSize: PIECE_BYTES }), count, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof ProblemError ? error : damagedZip(error);
  } finally {
    await packed.settled();
  }
  if (size !== uncompressedBytes) throw refusal(`The entry ${quoted(name)} unpacks to less than it declares`);
  if (sum !== entry.source.crc32) throw refusal(`The entry ${quoted(name)} does not match its checksum`);
}
