/**
 * Which writes are about advisories: the deprecations of an id, below the push URL as at the public gallery, and the sources of a
 * feed's vulnerabilities, where readers find them.
 */
import { isPackageId } from '@feedfleet/nupkg';
import { decodeSegment } from '@feedfleet/registry-client';

export type AdvisoryTarget =
  | { readonly kind: 'deprecations'; readonly id: string }
  /** Null for all sources; else in lower case. */
  | { readonly kind: 'vulnerabilities'; readonly source: string | null };

const DEPRECATIONS = /^\/api\/v2\/package\/([^/]+)\/deprecations\/?$/i;
/** A source has no dot in its name, so that none is taken for a file of the readers, nor a version of a package for a source. */
const VULNERABILITIES = /^\/api\/v3\/vulnerabilities(?:\/([a-z0-9_-]{1,32}))?\/?$/i;

/** @param rest - the path behind the feed. @returns undefined for what is not about advisories. */
export function parseAdvisoryTarget(rest: string): AdvisoryTarget | undefined {
  const id = decodeSegment(DEPRECATIONS.exec(rest)?.[1] ?? '');
  if (isPackageId(id)) return { kind: 'deprecations', id };
  const vulnerabilities = VULNERABILITIES.exec(rest);
  if (vulnerabilities === null) return undefined;
  return { kind: 'vulnerabilities', source: vulnerabilities[1]?.toLowerCase() ?? null };
}
