/** A well-formed package of any size, made while it is sent, so that a test never holds it. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

import { buildNuspec, buildZip } from './package-builder.ts';

const PIECE_BYTES = 1024 ** 2;
const FILE = 'content/large.bin';
/** Fixed parts of a local header, a central one and the end, in bytes. Source: PKWARE, APPNOTE.TXT, sections 4.3.7, 4.3.12, 4.3.16. */
const LOCAL_BYTES = 30;
const CENTRAL_BYTES = 46;
const END_BYTES = 22;

export interface LargePackage {
  readonly sizeBytes: number;
  /** SHA-256 of the whole file, lower-case hex. */
  readonly sha256: string;
  /** From the start, as often as it is asked for. */
  chunks(): Iterable<Buffer>;
}

/** Bytes that do not compress, different in each piece. */
function* pieces(count: number): Iterable<Buffer> {
  const piece = Buffer.concat(
    Array.from({ length: PIECE_BYTES / 64 }, (_, index) => createHash('sha512').update(String(index)).digest()),
  );
  for (let index = 0; index < count; index += 1) {
    piece.writeUInt32LE(index, 0);
    yield Buffer.from(piece);
  }
}

/** Headers of a stored entry, taken from a package in which it is empty, with its true size and sum put in. */
function frame(id: string, contentBytes: number): { readonly head: Buffer; readonly tail: Buffer } {
  let sum = 0;
  for (const piece of pieces(contentBytes / PIECE_BYTES)) sum = crc32(piece, sum);
  const zip = buildZip([
    { name: `${id}.nuspec`, content: buildNuspec({ id }) },
    { name: FILE, content: '', method: 0 },
  ]);
  const directoryAt = zip.readUInt32LE(zip.length - END_BYTES + 16);
  const localAt = directoryAt - LOCAL_BYTES - FILE.length;
  const centralAt = zip.length - END_BYTES - CENTRAL_BYTES - FILE.length;
  for (const at of [localAt + 14, centralAt + 16]) {
    zip.writeUInt32LE(sum, at);
    zip.writeUInt32LE(contentBytes, at + 4);
    zip.writeUInt32LE(contentBytes, at + 8);
  }
  zip.writeUInt32LE(directoryAt + contentBytes, zip.length - END_BYTES + 16);
  return { head: zip.subarray(0, directoryAt), tail: zip.subarray(directoryAt) };
}

/** @param megabytes - of the one file in it. */
export function largePackage(id: string, megabytes: number): LargePackage {
  const { head, tail } = frame(id, megabytes * PIECE_BYTES);
  const hash = createHash('sha256').update(head);
  for (const piece of pieces(megabytes)) hash.update(piece);
  return {
    sizeBytes: head.length + megabytes * PIECE_BYTES + tail.length,
    sha256: hash.update(tail).digest('hex'),
    *chunks() {
      yield head;
      yield* pieces(megabytes);
      yield tail;
    },
  };
}
