/** Pages, ranges and names of the merged versions of one id. Pure. */
import type { MergedVersion } from '@feedfleet/aggregation';
import type { StoredVersion, VersionName, VersionPage, VersionRange } from '@feedfleet/store';
import { parseVersion, versionSortKey } from '@feedfleet/versioning';

import { mergedRow } from './merged-row.ts';

/** @param versions - of one id, ascending. */
export function mergedPages(
  versions: readonly MergedVersion[],
  { size, includeSemVer2 }: { readonly size: number; readonly includeSemVer2: boolean },
): readonly VersionPage[] {
  const shown = versions.filter(({ isSemVer2 }) => includeSemVer2 || !isSemVer2);
  const pages: VersionPage[] = [];
  for (let start = 0; start < shown.length; start += size) {
    const rows = shown.slice(start, start + size).map(mergedRow);
    const [lower = '', upper = ''] = [rows[0]?.normalizedVersion, rows.at(-1)?.normalizedVersion];
    const committedUs = Math.max(...rows.map((row) => row.committedUs));
    pages.push({ count: rows.length, lower, upper, commit: { number: 0, committedUs } });
  }
  return pages;
}

export function mergedRange(
  versions: readonly MergedVersion[],
  { lower, upper, includeSemVer2, skip, limit }: VersionRange,
): readonly StoredVersion[] {
  const from = lower === null ? undefined : sortKeyOf(lower);
  const to = upper === null ? undefined : sortKeyOf(upper);
  return versions
    .filter(
      ({ sortKey, isSemVer2 }) =>
        (includeSemVer2 || !isSemVer2) &&
        (from === undefined || sortKey >= from) &&
        (to === undefined || sortKey <= to),
    )
    .slice(skip, skip + limit)
    .map(mergedRow);
}

export function mergedNames(
  versions: readonly MergedVersion[],
  filter: { readonly includeUnlisted: boolean; readonly includePrerelease: boolean; readonly includeSemVer2: boolean },
): readonly VersionName[] {
  return versions
    .filter(
      ({ listed, isPrerelease, isSemVer2 }) =>
        (filter.includeUnlisted || listed) &&
        (filter.includePrerelease || !isPrerelease) &&
        (filter.includeSemVer2 || !isSemVer2),
    )
    .map(({ version, normalizedVersion }) => ({ version, normalizedVersion }));
}

/** What is no version has no place in the order: nothing lies beyond it. */
function sortKeyOf(version: string): string {
  const parsed = parseVersion(version);
  return parsed === undefined ? '\u007f' : versionSortKey(parsed);
}
