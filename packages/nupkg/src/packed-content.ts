/** Content that lies packed inside of a stored package, and is unpacked while it is read. */
import { pipeline } from 'node:stream';
import type { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';

export interface PackedContent {
  /** First byte in the package file. */
  readonly start: number;
  /** Bytes in the package file. */
  readonly packedBytes: number;
  /** Bytes when unpacked. */
  readonly sizeBytes: number;
  readonly compression: 'stored' | 'deflated';
}

/** Bytes of a file from `start` to `end`, both inclusive. */
export type RangeReader = (range: { readonly start: number; readonly end: number }) => Readable;

/** The unpacked content, whose reader ends or destroys it; memory is bounded. */
export function unpackContent(content: PackedContent, read: RangeReader): Readable {
  const { start, packedBytes, compression } = content;
  const packed = read({ start, end: start + packedBytes - 1 });
  if (compression === 'stored') return packed;
  const inflate = createInflateRaw();
  // Each end of the two ends the other; what failed is told by the one that is read.
  pipeline(packed, inflate, () => undefined);
  return inflate;
}
