/**
 * The `Range` header, as far as one range goes.
 *
 * Source: RFC 9110, section 14.2 "Range". Several ranges, other units and what cannot be read are ignored, as that section
 * allows: the client gets the whole.
 */

export type ByteRange =
  | { readonly outcome: 'whole' }
  | { readonly outcome: 'unsatisfiable' }
  /** Both inclusive. */
  | { readonly outcome: 'part'; readonly start: number; readonly end: number };

const WHOLE: ByteRange = { outcome: 'whole' };
const UNSATISFIABLE: ByteRange = { outcome: 'unsatisfiable' };

/**
 * @param sizeBytes - of the whole.
 * @example
 * parseByteRange('bytes=-500', 2000); // { outcome: 'part', start: 1500, end: 1999 }
 */
export function parseByteRange(header: string | undefined, sizeBytes: number): ByteRange {
  const match = /^bytes=\s*(\d{0,15})-(\d{0,15})\s*$/i.exec(header ?? '');
  if (match === null) return WHOLE;
  const [, first = '', last = ''] = match;
  if (first === '') return last === '' ? WHOLE : suffix(Number(last), sizeBytes);
  const start = Number(first);
  const end = last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (last !== '' && Number(last) < start) return WHOLE;
  return start >= sizeBytes ? UNSATISFIABLE : { outcome: 'part', start, end };
}

function suffix(lengthBytes: number, sizeBytes: number): ByteRange {
  if (lengthBytes === 0 || sizeBytes === 0) return UNSATISFIABLE;
  return { outcome: 'part', start: Math.max(0, sizeBytes - lengthBytes), end: sizeBytes - 1 };
}
