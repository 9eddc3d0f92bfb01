/** Segments of a request's path, as routes compare them. */
import { decodeSegment } from './feed-path.ts';

/** Whether a decoded segment, or a part of it that a lax reader would see as one, is `.` or `..`. */
function isDotSegment(decoded: string): boolean {
  if (!decoded.includes('.')) return false;
  if (decoded === '.' || decoded === '..') return true;
  if (!decoded.includes('/') && !decoded.includes('\\')) return false;
  return decoded.split(/[/\\]/).some((part) => part === '.' || part === '..');
}

/** Without `/.`, `%` and backslashes there can be no dot segment: true of nearly every request. */
function mayHaveDotSegments(path: string): boolean {
  return path.includes('/.') || path.includes('%') || path.includes('\\');
}

function endOfPath(target: string): number {
  for (let index = 0; index < target.length; index += 1) {
    const code = target.charCodeAt(index);
    if (code === 0x3f || code === 0x23) return index;
  }
  return target.length;
}

/**
 * The first `limit` segments, decoded and in lower case, empty ones left out; `undefined` when any segment of the whole
 * path is a dot segment, also behind a percent sign, a backslash or an encoded slash.
 */
export function segmentsOf(target: string, limit: number): readonly string[] | undefined {
  const path = target.slice(0, endOfPath(target));
  const isSuspicious = mayHaveDotSegments(path);
  const segments: string[] = [];
  let start = 0;
  while (start < path.length && (isSuspicious || segments.length < limit)) {
    const slash = path.indexOf('/', start);
    const end = slash === -1 ? path.length : slash;
    if (end > start) {
      const decoded = decodeSegment(path.slice(start, end));
      if (isSuspicious && isDotSegment(decoded)) return undefined;
      if (segments.length < limit) segments.push(decoded.toLowerCase());
    }
    start = end + 1;
  }
  return segments;
}
