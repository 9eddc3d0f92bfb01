/** The content of a zip entry, packed or unpacked, piece by piece out of the file. */
import type { FileHandle } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { ProblemError } from '@feedfleet/problems';
import type { PackedContent } from './packed-content.ts';
import { refusal } from './refusal.ts';

export const PIECE_BYTES = 256 * 1024;

export interface ContentPlace {
  readonly file: FileHandle;
  readonly content: PackedContent;
  readonly signal: AbortSignal;
}

/** The content of an entry as it lies in the file, piece by piece. */
export class PackedPieces {
  readonly #place: ContentPlace;
  #reading: Promise<unknown> = Promise.resolve();

  constructor(place: ContentPlace) {
    this.#place = place;
  }

  async *pieces(): AsyncGenerator<Buffer> {
    const { file, content } = this.#place;
    const { start, packedBytes } = content;
    for (let done = 0; done < packedBytes;) {
      const length = Math.min(PIECE_BYTES, packedBytes - done);
      const reading = readExactly(file, { start: start + done, length });
      this.#reading = reading;
      const piece = await reading;
      if (piece === undefined) throw damagedZip('the content ends early');
      done += length;
      yield piece;
    }
  }

  /** No read is under way any more when the file is closed, also when nobody wanted the rest. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.#reading]);
  }
}

/** The content of an entry that was verified. Nobody has to take all of it. */
export async function* unpackedPieces(place: ContentPlace): AsyncGenerator<Uint8Array> {
  const { content, signal } = place;
  signal.throwIfAborted();
  const packed = new PackedPieces(place);
  try {
    if (content.compression === 'stored') yield* packed.pieces();
    else yield* inflated(packed.pieces(), signal);
  } finally {
    await packed.settled();
  }
}

async function* inflated(pieces: AsyncIterable<Buffer>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw({ chunkSize: PIECE_BYTES });
  const feeding = pipeline(pieces, inflate, { signal });
  // What fails is told by the reading below, which ends with it; leaving early makes it fail as well.
  feeding.catch(() => undefined);
  yield* inflate as AsyncIterable<Uint8Array>;
}

export async function readExactly(
  file: FileHandle,
  range: { readonly start: number; readonly length: number },
): Promise<Buffer | undefined> {
  const buffer = Buffer.alloc(range.length);
  let filled = 0;
  while (filled < range.length) {
    const { bytesRead } = await file.read(buffer, filled, range.length - filled, range.start + filled);
    if (bytesRead === 0) return undefined;
    filled += bytesRead;
  }
  return buffer;
}

/** A disk that fails says nothing of the package, and whoever sent it may send it again. */
export function isDiskFault(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}

export function damagedZip(cause: unknown): ProblemError {
  if (isDiskFault(cause)) return new ProblemError('storeUnavailable', { cause });
  return refusal('The package is a truncated or damaged zip file', { cause });
}
