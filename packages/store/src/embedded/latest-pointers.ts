/**
 * Which version of an id is the newest listed one of each kind, kept on the id's row, and how many ids of a feed have one.
 *
 * Source: NuGetGallery, "IsLatest" and "IsLatestStable" with their SemVer2 variants: the stable ones ignore pre-releases, the
 * ones without SemVer2 ignore versions that need it; unlisted versions are never the latest.
 */
import type { Connection, Row } from './connection.ts';
import { forgetDocument, keepDocument } from './search-index.ts';

export interface VersionFilter {
  readonly includePrerelease: boolean;
  readonly includeSemVer2: boolean;
}

export interface LatestPointer {
  /** Column of `package` with the version's key. */
  readonly column: string;
  /** Column of `feed` with the number of ids that have such a version. */
  readonly count: string;
  /** Index of the ids of a feed that have such a version, in order of id. */
  readonly index: string;
  /** The same, the most downloaded first. */
  readonly popularIndex: string;
}

const pointer = (name: string): LatestPointer => ({
  column: `${name}_key`,
  count: `${name}_count`,
  index: `package_by_${name}`,
  popularIndex: `package_by_${name}_downloads`,
});

const LATEST = pointer('latest');
const ABSOLUTE_LATEST = pointer('absolute_latest');
const LATEST_SEMVER2 = pointer('latest_semver2');
const ABSOLUTE_LATEST_SEMVER2 = pointer('absolute_latest_semver2');

/** In the order of their bits in the search index. */
const POINTERS: readonly LatestPointer[] = [LATEST, ABSOLUTE_LATEST, LATEST_SEMVER2, ABSOLUTE_LATEST_SEMVER2];

/** The pointer that is set exactly on ids with a listed version which the filter lets through. */
export function latestPointer(filter: VersionFilter): LatestPointer {
  if (filter.includeSemVer2) {
    return filter.includePrerelease ? ABSOLUTE_LATEST_SEMVER2 : LATEST_SEMVER2;
  }
  return filter.includePrerelease ? ABSOLUTE_LATEST : LATEST;
}

/** Number of that pointer among the four, as the search index counts them. */
export function viewOf(filter: VersionFilter): number {
  return POINTERS.indexOf(latestPointer(filter));
}

const newestListed = (filter: VersionFilter): string => `(
  SELECT version_key FROM package_version
  WHERE package_key = ?1 AND listed = 1
    ${filter.includePrerelease ? '' : 'AND is_prerelease = 0'} ${filter.includeSemVer2 ? '' : 'AND is_semver2 = 0'}
  ORDER BY sort_key DESC LIMIT 1)`;

const POINT = `UPDATE package SET
  latest_key = ${newestListed({ includePrerelease: false, includeSemVer2: false })},
  absolute_latest_key = ${newestListed({ includePrerelease: true, includeSemVer2: false })},
  latest_semver2_key = ${newestListed({ includePrerelease: false, includeSemVer2: true })},
  absolute_latest_semver2_key = ${newestListed({ includePrerelease: true, includeSemVer2: true })}
  WHERE package_key = ?1`;

const STATE = `SELECT feed_key, ${POINTERS.map(({ column }) => column).join(', ')} FROM package WHERE package_key = ?`;

/** Points an id at its latest versions anew, and keeps counters and search index in step. */
export function refreshLatest(connection: Connection, packageKey: number): void {
  const before = connection.get(STATE, packageKey);
  connection.run(POINT, packageKey);
  const after = connection.get(STATE, packageKey);
  if (before === undefined || after === undefined) {
    return;
  }
  countIds(connection, Number(after.feed_key), differences(before, after));
  keepDocument(connection, packageKey, pointedAt(after));
}

/** Keeps the search index in step with the downloads of an id. */
export function refreshPopularity(connection: Connection, packageKey: number): void {
  const state = connection.get(STATE, packageKey);
  if (state !== undefined) {
    keepDocument(connection, packageKey, pointedAt(state));
  }
}

/** Takes an id, the last version of which is gone, out of counters and search index. */
export function forgetLatest(connection: Connection, packageKey: number): void {
  const before = connection.get(STATE, packageKey);
  if (before !== undefined) {
    countIds(connection, Number(before.feed_key), differences(before, {}));
  }
  forgetDocument(connection, packageKey);
}

function pointedAt(state: Row): readonly (number | null)[] {
  return POINTERS.map(({ column }) => (state[column] === null ? null : Number(state[column])));
}

/** How many ids more or less have each pointer, when an id changes. */
function differences(before: Row, after: Row): readonly number[] {
  const has = (row: Row, { column }: LatestPointer): number => ((row[column] ?? null) === null ? 0 : 1);
  return POINTERS.map((each) => has(after, each) - has(before, each));
}

function countIds(connection: Connection, feedKey: number, difference: readonly number[]): void {
  if (difference.some((each) => each !== 0)) {
    const changes = POINTERS.map(({ count }) => `${count} = ${count} + ?`).join(', ');
    connection.run(`UPDATE feed SET ${changes} WHERE feed_key = ?`, ...difference, feedKey);
  }
}
