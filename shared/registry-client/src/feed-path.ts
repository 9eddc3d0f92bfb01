/**
 * The feed's part of a URL path: `/F/{feed}[/auth/{key}]`, then whatever the family serves.
 *
 * `/F/` and `/auth/` are matched without case, runs of slashes count as one. Plain index arithmetic: called on every request.
 */

export interface FeedPath {
  /** Name or alias of the feed, percent-decoded. */
  readonly feedName: string;
  /** Key of a pre-authenticated URL, percent-decoded; `null` when there is none. A secret. */
  readonly pathKey: string | null;
  /** `/F/Name` or `/F/Name/auth/KEY` as typed, without a slash at the end. */
  readonly feedPath: string;
  /** What follows, percent-encoded as sent, runs of slashes made one: empty, or starts with `/`. */
  readonly rest: string;
}

/** Index of the first character at or after `from` that is not a slash. */
function afterSlashes(path: string, from: number): number {
  let index = from;
  while (path.charCodeAt(index) === 0x2f) index += 1;
  return index;
}

function segmentEnd(path: string, from: number): number {
  const slash = path.indexOf('/', from);
  return slash === -1 ? path.length : slash;
}

/** Percent-decodes, or gives back what cannot be decoded. */
export function decodeSegment(segment: string): string {
  if (!segment.includes('%')) return segment;
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

function collapseSlashes(path: string): string {
  return path.includes('//') ? path.replace(/\/{2,}/g, '/') : path;
}

/**
 * Takes a path apart; `undefined` when it is not below `/F/{feed}`.
 *
 * @param path - of a request, percent-encoded; a query string is ignored.
 * @example
 * parseFeedPath('/f/Tools/auth/ff_abc/api/v2/Packages()');
 * // { feedName: 'Tools', pathKey: 'ff_abc', feedPath: '/f/Tools/auth/ff_abc', rest: '/api/v2/Packages()' }
 */
export function parseFeedPath(path: string): FeedPath | undefined {
  const query = path.indexOf('?');
  const whole = collapseSlashes(query === -1 ? path : path.slice(0, query));
  const rootStart = afterSlashes(whole, 0);
  const rootEnd = segmentEnd(whole, rootStart);
  if (rootStart !== 1 || decodeSegment(whole.slice(rootStart, rootEnd)).toLowerCase() !== 'f') return undefined;
  const nameEnd = segmentEnd(whole, rootEnd + 1);
  const feedName = decodeSegment(whole.slice(rootEnd + 1, nameEnd));
  if (feedName === '' || feedName === '.' || feedName === '..') return undefined;
  const authEnd = segmentEnd(whole, nameEnd + 1);
  const keyEnd = segmentEnd(whole, authEnd + 1);
  const isAuth = decodeSegment(whole.slice(nameEnd + 1, authEnd)).toLowerCase() === 'auth' && keyEnd > authEnd + 1;
  const feedEnd = isAuth ? keyEnd : nameEnd;
  return {
    feedName,
    pathKey: isAuth ? decodeSegment(whole.slice(authEnd + 1, keyEnd)) : null,
    feedPath: whole.slice(0, feedEnd),
    rest: whole.slice(feedEnd),
  };
}
