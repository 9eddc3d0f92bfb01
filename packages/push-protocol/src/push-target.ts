/**
 * What a write is about: the feed itself (a push), the symbols of one of its packages, or one version of it.
 *
 * Clients append to whatever URL they were given as source, so every root of a feed takes writes, with and without a trailing
 * slash: `/F/x/`, `/F/x/api/v2/package/`, even `/F/x/api/v3/index.json/<id>/<version>`. One thing differs: a `POST` to the feed
 * itself, to v2 and to v3 is a reader's (`GetUpdates()`), and the routes keep it away from here; a `PUT` pushes everywhere.
 */
import { ProblemError } from '@feedfleet/problems';
import { parseV1Target } from './v1-write.ts';
import type { V1Target } from './v1-write.ts';
import { parseVersionName } from './version-name.ts';
import type { VersionName } from './version-name.ts';

export type PushTarget =
  | {
      readonly kind: 'feed';
      /** Whether a POST to this root comes here. */
      readonly takesPost: boolean;
    }
  | { readonly kind: 'symbols' }
  /** The version normalized; whether there is such a version is not known. */
  | ({ readonly kind: 'version' } & VersionName)
  | V1Target;

/** Roots whose POST belongs to the readers; see the default routes. */
const READ_BY_POST: readonly string[] = ['/api/v3/index.json', '/api/v3', '/api/v2', ''];

/** In lower case, the longest first. */
const ROOTS: readonly string[] = [
  '/api/v1/feedservice.svc',
  '/api/v3/index.json',
  '/api/v2/package',
  '/v1/feedservice.svc',
  '/api/v1',
  '/api/v2',
  '/api/v3',
  '/v1',
  '',
];

/** Where symbols packages are pushed, in lower case: by the service index, and by the address of a symbol server. */
const SYMBOL_ROOTS: readonly string[] = ['/api/v2/symbolpackage', '/symbols/api/v2/package', '/symbols'];

/**
 * @param rest - the path behind the feed, percent-encoded as sent: empty, or starting with a slash.
 * @throws ProblemError `FF_NO_SUCH_RESOURCE`, or `FF_NO_SUCH_PACKAGE` for what can be no version.
 */
export function parsePushTarget(rest: string): PushTarget {
  const path = rest.replace(/\/$/, '');
  const lower = path.toLowerCase();
  if (SYMBOL_ROOTS.includes(lower)) return { kind: 'symbols' };
  const root = ROOTS.find((one) => lower === one || lower.startsWith(`${one}/`)) ?? '';
  const segments = path.slice(root.length).split('/').slice(1).map(decoded);
  // Of a package that is called v1, and of the feed itself.
  if (root === '/v1' && segments.length === 1) segments.unshift(decoded(path.slice(1, root.length)));
  if (segments.length === 0) return { kind: 'feed', takesPost: !READ_BY_POST.includes(root) };
  const v1 = parseV1Target(segments);
  if (v1 !== undefined) return v1;
  const [id = '', versionText = ''] = segments;
  if (segments.length !== 2) {
    throw new ProblemError('noSuchResource', {
      detail: 'packages are pushed to /F/{feed}/api/v2/package and changed at /F/{feed}/api/v2/package/{id}/{version}',
    });
  }
  return { kind: 'version', ...parseVersionName(id, versionText) };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
