/**
 * What a request below `/F/{feed}/api/manage` is about.
 *
 * `retention` is previewed by GET and done by POST; `pins` is the list, and a pin is set by PUT and taken away by DELETE.
 */
import { ProblemError } from '@feedfleet/problems';
import type { VersionIdentity } from '@feedfleet/store';
import { normalizeVersion, parseVersion } from '@feedfleet/versioning';

const MANAGE_MOUNT = '/api/manage';

export type RetentionTarget =
  { readonly kind: 'retention' | 'pins' } | { readonly kind: 'pin'; readonly version: VersionIdentity };

/** Whether a path behind the feed, percent-encoded as sent, is for managers. */
export function isManaged(rest: string): boolean {
  const lower = rest.toLowerCase();
  return lower === MANAGE_MOUNT || lower.startsWith(`${MANAGE_MOUNT}/`);
}

/**
 * @param rest - as in `isManaged`.
 * @throws ProblemError `FF_NO_SUCH_RESOURCE`, or `FF_NO_SUCH_PACKAGE` for what can be no version.
 */
export function parseRetentionTarget(rest: string): RetentionTarget {
  const segments = rest
    .slice(MANAGE_MOUNT.length)
    .split('/')
    .filter((segment) => segment !== '');
  const [first, id, version, ...more] = segments.map(decoded);
  const name = first?.toLowerCase();
  if (id === undefined && (name === 'retention' || name === 'pins')) return { kind: name };
  if (name !== 'pins' || id === undefined || version === undefined || more.length > 0) {
    const detail = `below ${MANAGE_MOUNT} are served: retention, pins, pins/{id}/{version}, source-pins and source-copies`;
    throw new ProblemError('noSuchResource', { detail });
  }
  const parsed = parseVersion(version);
  if (parsed === undefined) {
    throw new ProblemError('noSuchPackage', {
      detail: `expected a version such as 1.0.0, got "${version.slice(0, 64)}"`,
    });
  }
  return { kind: 'pin', version: { id, normalizedVersion: normalizeVersion(parsed) } };
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
