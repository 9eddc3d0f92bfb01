/**
 * Where a redirect leads, when it may be followed.
 *
 * Source: RFC 9110, section 15.4 "Redirection 3xx"; WHATWG Fetch, "HTTP-redirect fetch".
 */
import { whereOf } from './hop.ts';
import { SourceFailure } from './source-failure.ts';

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

export function isRedirect(status: number): boolean {
  return REDIRECTS.includes(status);
}

/**
 * @param seen - the URLs that were asked already, `from` among them.
 * @throws {SourceFailure} `badRedirect`.
 */
export function redirectTarget(from: URL, location: string | undefined, seen: ReadonlySet<string>): URL {
  const refuse = (detail: string): SourceFailure =>
    new SourceFailure('badRedirect', { detail: `the source redirects ${detail}`, where: whereOf(from) });
  const to = location === undefined ? null : URL.parse(location, from.href);
  if (to === null) throw refuse('to nowhere');
  to.hash = '';
  if (to.protocol !== 'http:' && to.protocol !== 'https:') throw refuse('to something else than http and https');
  if (from.protocol === 'https:' && to.protocol === 'http:') throw refuse('from https to http');
  if (to.username !== '' || to.password !== '') throw refuse('to a URL with a user name');
  if (seen.has(to.href)) throw refuse('in circles');
  return to;
}
