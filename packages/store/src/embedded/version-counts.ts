/**
 * How many versions of each kind a feed and an id have: the columns `count_LPS`, where L tells whether they are listed, P
 * whether they are pre-releases and S whether they need SemVer 2, each 0 or 1.
 */
import type { Connection, Row } from './connection.ts';

export interface CountFilter {
  readonly includePrerelease: boolean;
  readonly includeSemVer2: boolean;
  readonly includeUnlisted: boolean;
}

/** A sum over the counts of the row `table` that the filter lets through. */
export function countExpression(table: 'feed' | 'p', filter: CountFilter): string {
  const columns = [];
  for (const listed of filter.includeUnlisted ? [0, 1] : [1]) {
    for (const prerelease of filter.includePrerelease ? [0, 1] : [0]) {
      for (const semVer2 of filter.includeSemVer2 ? [0, 1] : [0]) {
        columns.push(`${table}.count_${listed}${prerelease}${semVer2}`);
      }
    }
  }
  return `(${columns.join(' + ')})`;
}

/** What holds for the versions `v` that are counted so. */
export function filterExpression(filter: CountFilter): string {
  return [
    filter.includePrerelease ? '' : 'AND v.is_prerelease = 0',
    filter.includeSemVer2 ? '' : 'AND v.is_semver2 = 0',
    filter.includeUnlisted ? '' : 'AND v.listed = 1',
  ].join(' ');
}

/** Counts a version in (1) or out (-1), on its id and on its feed; `version` has its flags and both keys. */
export function countVersion(connection: Connection, version: Row, difference: 1 | -1): void {
  const flag = (column: string): number => (version[column] === 1 ? 1 : 0);
  const column = `count_${flag('listed')}${flag('is_prerelease')}${flag('is_semver2')}`;
  for (const table of ['package', 'feed']) {
    connection.run(
      `UPDATE ${table} SET ${column} = ${column} + ? WHERE ${table}_key = ?`,
      difference,
      version[`${table}_key`] as number,
    );
  }
}
