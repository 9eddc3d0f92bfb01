/**
 * How the end of a request's body is told: the one fact that a proxy and what is behind it must never see differently.
 *
 * Source: RFC 9112, section 6.3 "Message Body Length", and section 11.2 "Request Smuggling".
 */

export type RequestFraming =
  /** No body. */
  | 'none'
  /** `Content-Length`. */
  | 'length'
  /** `Transfer-Encoding: chunked`, which ours is too: sizes of chunks may differ. */
  | 'chunked'
  /** A coding that we would have to undo, or two framings at once. Refused, never guessed. */
  | 'refused';

export interface FramingHeaders {
  readonly 'transfer-encoding'?: string | undefined;
  readonly 'content-length'?: string | undefined;
}

/** Decides by the headers alone; the method says nothing about whether there is a body. */
export function framingOf(headers: FramingHeaders): RequestFraming {
  const coding = headers['transfer-encoding'];
  const length = headers['content-length'];
  if (coding !== undefined) {
    return length === undefined && coding.trim().toLowerCase() === 'chunked' ? 'chunked' : 'refused';
  }
  if (length === undefined) return 'none';
  return isLength(length) ? 'length' : 'refused';
}

/** Digits only, and few enough that a double counts them exactly. */
function isLength(text: string): boolean {
  if (text.length === 0 || text.length > 15) return false;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code < 48 || code > 57) return false;
  }
  return true;
}
