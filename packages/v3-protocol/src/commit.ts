/**
 * Commits of a feed's catalog as documents show them.
 *
 * Source: NuGet server API, "Catalog": "commitTimeStamp", "commitId"; RFC 9562, section 5.8 "UUID Version 8".
 */
import type { CatalogCommit } from '@feedfleet/store';

interface CommitMembers {
  readonly commitId: string;
  /** ISO instant with 100 nanoseconds, as at the public gallery. */
  readonly commitTimeStamp: string;
}

/** @example commitMembers({ number: 7, committedUs: 1_767_323_045_678_001 }).commitTimeStamp; // '2026-01-02T03:04:05.6780010Z' */
export function commitMembers({ number, committedUs }: CatalogCommit): CommitMembers {
  const time = committedUs.toString(16).padStart(15, '0');
  const place = number.toString(16).padStart(12, '0');
  return {
    commitId: `${time.slice(0, 8)}-${time.slice(8, 12)}-8${time.slice(12, 15)}-8000-${place}`,
    commitTimeStamp: commitInstant(committedUs),
  };
}

/** @param committedUs - microseconds since 1970. */
export function commitInstant(committedUs: number): string {
  const milliseconds = new Date(Math.floor(committedUs / 1000)).toISOString().slice(0, -1);
  return `${milliseconds}${String(committedUs % 1000).padStart(3, '0')}0Z`;
}
