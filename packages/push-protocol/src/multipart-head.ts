/**
 * The small texts of a multipart body: the boundary in the content type, and the head of a part.
 *
 * Source: RFC 2046, section 5.1.1 (boundaries); RFC 7578 (multipart/form-data); RFC 6266, section 4.3 (filename*).
 */
import { ProblemError } from '@feedfleet/problems';

const MAX_BOUNDARY_CHARACTERS = 200;
const BOUNDARY = /;\s*boundary=(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))/i;

export interface PartHead {
  /** Whether the part is a file and not a form field. */
  readonly isFile: boolean;
  /** As the client names it; empty when it does not. */
  readonly fileName: string;
}

/**
 * The boundary of a multipart content type.
 *
 * @returns undefined when the body is not multipart.
 * @throws ProblemError `FF_INVALID_REQUEST` when it is, and names no boundary.
 */
export function boundaryOf(contentType: string): string | undefined {
  if (!/^\s*multipart\//i.test(contentType)) return undefined;
  const match = BOUNDARY.exec(contentType);
  const boundary = match?.[1]?.replace(/\\(.)/g, '$1') ?? match?.[2] ?? '';
  if (boundary === '' || boundary.length > MAX_BOUNDARY_CHARACTERS) {
    throw badUpload('The multipart body has no valid boundary');
  }
  return boundary;
}

/** @param text - header lines without the empty one at the end, one byte a character. */
export function parsePartHead(text: string): PartHead {
  const headers = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const fileName = fileNameOf(headers.get('content-disposition') ?? '');
  // Some tools send no file name; a form field has no content type, or one of text.
  const isBinary = /^(?:application|binary)\//i.test(headers.get('content-type') ?? '');
  return { isFile: fileName !== undefined || isBinary, fileName: fileName ?? '' };
}

function fileNameOf(disposition: string): string | undefined {
  const match = /;\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))/i.exec(disposition);
  if (match !== null) return match[1] ?? match[2] ?? '';
  const extended = /;\s*filename\*\s*=\s*[^';\s]*'[^';\s]*'([^;\s]*)/i.exec(disposition)?.[1];
  if (extended === undefined) return undefined;
  try {
    return decodeURIComponent(extended);
  } catch {
    return extended;
  }
}

/** What was sent is no upload of a package. The reason is all that NuGet clients print. */
export function badUpload(reason: string): ProblemError {
  return new ProblemError('invalidRequest', { detail: reason, reason });
}
