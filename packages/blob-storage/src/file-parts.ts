/** A local file, part by part, each with the checksum that a storage compares it with. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { ProblemError } from '@feedfleet/problems';
import { PART_BYTES } from './storage-settings.ts';

export interface FilePart {
  /** From 1. */
  readonly number: number;
  readonly bytes: Buffer;
  readonly md5: Buffer;
}

/**
 * All but the last have `PART_BYTES`; one part for an empty file.
 *
 * @throws ProblemError `FF_STORE_UNAVAILABLE` when the file cannot be read: that is no failure of the storage.
 */
export async function* partsOf(path: string): AsyncGenerator<FilePart> {
  const file = await local(open(path, 'r'));
  try {
    for (let number = 1; ; number += 1) {
      const bytes = await nextPart(file);
      if (bytes.byteLength === 0 && number > 1) return;
      yield { number, bytes, md5: createHash('md5').update(bytes).digest() };
      if (bytes.byteLength < PART_BYTES) return;
    }
  } finally {
    await file.close();
  }
}

async function nextPart(file: FileHandle): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(PART_BYTES);
  let filled = 0;
  while (filled < PART_BYTES) {
    const { bytesRead } = await local(file.read(buffer, filled, PART_BYTES - filled));
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function local<T>(reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new ProblemError('storeUnavailable', { cause: error });
  }
}
