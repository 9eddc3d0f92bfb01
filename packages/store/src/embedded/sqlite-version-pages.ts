/** The port for ids with thousands of versions on SQLite, which groups and joins texts in one statement. */
import type { SQLInputValue } from 'node:sqlite';
import { ProblemError } from '@feedfleet/problems';
import { parseVersion, versionSortKey } from '@feedfleet/versioning';
import type { StoredVersion } from '../metadata-store.ts';
import type { VersionName, VersionPage, VersionPages, VersionRange } from '../version-pages.ts';
import type { Connection } from './connection.ts';
import { toStoreProblem } from './sqlite-problems.ts';
import { contentJoin, versionColumns } from './stored-version-row.ts';
import type { VersionRows } from './stored-version-row.ts';
import { foldCase } from './version-writer.ts';

const MAX_VERSIONS = 1000;
const OF_ID = `FROM package p CROSS JOIN package_version v ON v.package_key = p.package_key
  WHERE p.feed_key = (SELECT feed_key FROM feed WHERE feed_id = ?) AND p.id_lower = ?`;

/** Numbers of JavaScript come as floating-point ones, by which SQLite divides without rounding. */
const PAGES = `SELECT count(*) AS count, max(commit_number) AS commit_number, max(committed_us) AS committed_us,
    min(CASE WHEN place % size = 0 THEN normalized END) AS lower,
    min(CASE WHEN place % size = size - 1 OR place = last THEN normalized END) AS upper
  FROM (SELECT v.normalized, v.commit_number, v.committed_us, CAST(? AS INTEGER) AS size,
      count(*) OVER () - 1 AS last, row_number() OVER (ORDER BY v.sort_key) - 1 AS place ${OF_ID} AND v.is_semver2 <= ?)
  GROUP BY place / size ORDER BY place / size`;

const NAMES = `SELECT json_group_array(json_array(version, normalized)) AS names FROM (SELECT v.version, v.normalized ${OF_ID}
  AND v.listed >= ? AND v.is_prerelease <= ? AND v.is_semver2 <= ? ORDER BY v.sort_key)`;

export class SqliteVersionPages implements VersionPages {
  readonly #reader: Connection;
  readonly #rows: VersionRows;

  constructor(reader: Connection, rows: VersionRows) {
    this.#reader = reader;
    this.#rows = rows;
  }

  pages(
    feedId: string,
    id: string,
    { size, includeSemVer2 }: { readonly size: number; readonly includeSemVer2: boolean },
    signal?: AbortSignal,
  ): Promise<readonly VersionPage[]> {
    return this.#read(signal, () =>
      this.#reader.all(PAGES, size, feedId, foldCase(id), includeSemVer2 ? 1 : 0).map((row) => ({
        count: Number(row.count),
        lower: String(row.lower),
        upper: String(row.upper),
        commit: { number: Number(row.commit_number), committedUs: Number(row.committed_us) },
      })),
    );
  }

  versionsIn(feedId: string, id: string, range: VersionRange, signal?: AbortSignal): Promise<readonly StoredVersion[]> {
    return this.#read(signal, () => {
      assertBounded(range.limit);
      const bounds = boundsOf(range);
      const sql = `SELECT ${versionColumns(range.fragment)}
        FROM (SELECT v.version_key, v.package_key ${OF_ID} ${bounds.sql} AND v.is_semver2 <= ?
            ORDER BY v.sort_key LIMIT ? OFFSET ?) part
          CROSS JOIN package_version v ON v.version_key = part.version_key
          JOIN package p ON p.package_key = part.package_key ${contentJoin(range.fragment)} ORDER BY v.sort_key`;
      const place = [range.includeSemVer2 ? 1 : 0, range.limit, range.skip];
      const values = [feedId, foldCase(id), ...bounds.values, ...place];
      return this.#reader.all(sql, ...values).map((row) => this.#rows.toVersion(row));
    });
  }

  names(
    feedId: string,
    id: string,
    filter: {
      readonly includeUnlisted: boolean;
      readonly includePrerelease: boolean;
      readonly includeSemVer2: boolean;
    },
    signal?: AbortSignal,
  ): Promise<readonly VersionName[]> {
    const { includeUnlisted, includePrerelease, includeSemVer2 } = filter;
    const flags = [includeUnlisted ? 0 : 1, includePrerelease ? 1 : 0, includeSemVer2 ? 1 : 0];
    return this.#read(signal, () => {
      const row = this.#reader.get(NAMES, feedId, foldCase(id), ...flags);
      const names = JSON.parse(String(row?.names)) as readonly (readonly [string, string])[];
      return names.map(([version, normalizedVersion]) => ({ version, normalizedVersion }));
    });
  }

  // Async, so that what fails is a rejected promise.
  // eslint-disable-next-line @typescript-eslint/require-await
  async #read<T>(signal: AbortSignal | undefined, work: () => T): Promise<T> {
    signal?.throwIfAborted();
    try {
      return work();
    } catch (error) {
      throw toStoreProblem(error);
    }
  }
}

/** Only the bounds that there are, so that each is one along the key. */
function boundsOf({ lower, upper }: VersionRange): {
  readonly sql: string;
  readonly values: readonly SQLInputValue[];
} {
  const given = [
    { operator: '>=', version: lower },
    { operator: '<=', version: upper },
  ].filter(({ version }) => version !== null);
  return {
    sql: given.map(({ operator }) => `AND v.sort_key ${operator} ?`).join(' '),
    values: given.map(({ version }) => sortKeyOf(version ?? '')),
  };
}

function sortKeyOf(normalizedVersion: string): string {
  const version = parseVersion(normalizedVersion);
  if (version === undefined) throw new ProblemError('invalidArgument', { detail: 'a bound of a range is no version' });
  return versionSortKey(version);
}

function assertBounded(limit: number): void {
  if (!Number.isInteger(limit) || limit < 0 || limit > MAX_VERSIONS) {
    throw new ProblemError('invalidArgument', {
      detail: `versions are read by 0 to ${MAX_VERSIONS} at a time, got ${limit}`,
    });
  }
}
