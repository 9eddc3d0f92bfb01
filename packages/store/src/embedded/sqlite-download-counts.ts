/**
 * The download port on SQLite. A process that only reads packages counts all the same: its connection for writing is opened
 * by the first count.
 */
import { ProblemError } from '@feedfleet/problems';
import { KEPT_DAYS, MAX_COUNTS_PER_ADD } from '../download-counts.ts';
import type {
  DownloadCount,
  DownloadCounts,
  DownloadDay,
  PackageDownloads,
  PackageStatistics,
  VersionDownloads,
} from '../download-counts.ts';
import type { Connection, Row } from './connection.ts';
import { refreshPopularity } from './latest-pointers.ts';
import { toStoreProblem } from './sqlite-problems.ts';
import { foldCase } from './version-writer.ts';
import type { VersionAddress } from './version-writer.ts';
import type { WriteLock } from './write-lock.ts';

const DAY_MS = 86_400_000;
const MAX_DAYS = 3660;
const MAX_TOP = 1000;
const EXPIRED_PER_ADD = 500;
const FEED_KEY = '(SELECT feed_key FROM feed WHERE feed_id = ?)';

export interface SqliteDownloadCountsParts {
  readonly reader: Connection;
  readonly writeLock: WriteLock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class SqliteDownloadCounts implements DownloadCounts {
  readonly #parts: SqliteDownloadCountsParts;

  constructor(parts: SqliteDownloadCountsParts) {
    this.#parts = parts;
  }

  async add(counts: readonly DownloadCount[]): Promise<void> {
    if (counts.length > MAX_COUNTS_PER_ADD) {
      throw new ProblemError('invalidArgument', { detail: `at most ${MAX_COUNTS_PER_ADD} counts are added at a time` });
    }
    if (counts.length === 0) return;
    const day = this.#today();
    await this.#parts.writeLock.run((connection) => {
      const feeds = new Map<number, number>();
      for (const count of counts) {
        const version = countedVersion(connection, count.versionKey);
        if (version === undefined) continue;
        addToVersion(connection, version, { day, downloads: count.downloads });
        const feedKey = Number(version.feed_key);
        feeds.set(feedKey, (feeds.get(feedKey) ?? 0) + count.downloads);
      }
      for (const [feedKey, downloads] of feeds) addToFeed(connection, feedKey, { day, downloads });
      expire(connection, day);
    });
  }

  async reveal(intervalMs: number): Promise<{ readonly feeds: number }> {
    const now = this.#parts.now();
    const hidden = 'has_hidden_counts = 1 AND counts_shown_ms <= ?';
    const isDue = this.#read(
      () => this.#parts.reader.get(`SELECT 1 FROM feed WHERE ${hidden} LIMIT 1`, now - intervalMs) !== undefined,
    );
    if (!isDue) return { feeds: 0 };
    return this.#parts.writeLock.run((connection) => {
      const { changes } = connection.run(
        `UPDATE feed SET revision = revision + 1, has_hidden_counts = 0, counts_shown_ms = ? WHERE ${hidden}`,
        now,
        now - intervalMs,
      );
      return { feeds: changes };
    });
  }

  daysOfFeed(feedId: string, days: number): Promise<readonly DownloadDay[]> {
    return this.#days(`SELECT day, downloads FROM feed_download_day WHERE feed_key = ${FEED_KEY}`, [feedId], days);
  }

  daysOfPackage(feedId: string, id: string, days: number): Promise<readonly DownloadDay[]> {
    const sql = `SELECT day, downloads FROM package_download_day WHERE package_key =
      (SELECT package_key FROM package WHERE feed_key = ${FEED_KEY} AND id_lower = ?)`;
    return this.#days(sql, [feedId, foldCase(id)], days);
  }

  daysOfVersion({ feedId, id, normalizedVersion }: VersionAddress, days: number): Promise<readonly DownloadDay[]> {
    const sql = `SELECT day, downloads FROM version_download_day WHERE version_key =
      (SELECT v.version_key FROM package p CROSS JOIN package_version v ON v.package_key = p.package_key
       WHERE p.feed_key = ${FEED_KEY} AND p.id_lower = ? AND v.normalized_lower = ?)`;
    return this.#days(sql, [feedId, foldCase(id), foldCase(normalizedVersion)], days);
  }

  // Async, so that what fails is a rejected promise.
  // eslint-disable-next-line @typescript-eslint/require-await
  async totalOfFeed(feedId: string): Promise<number> {
    const sql = `SELECT coalesce(sum(downloads), 0) FROM feed_download_day WHERE feed_key = ${FEED_KEY}`;
    return this.#read(() => this.#parts.reader.number(sql, feedId));
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async statisticsOf(feedId: string, id: string, take: number): Promise<PackageStatistics | undefined> {
    const limit = boundedInteger(take, MAX_TOP, 'take');
    const { reader } = this.#parts;
    return this.#read(() =>
      reader.reading(() => {
        const found = reader.get(
          `SELECT p.package_key, p.id, p.total_downloads, count(*) AS versions, sum(v.size_bytes) AS bytes
           FROM package p CROSS JOIN package_version v ON v.package_key = p.package_key
           WHERE p.feed_key = ${FEED_KEY} AND p.id_lower = ? GROUP BY p.package_key`,
          feedId,
          foldCase(id),
        );
        if (found === undefined) return undefined;
        const top = reader.all(
          `SELECT normalized, downloads, size_bytes, listed, created FROM package_version WHERE package_key = ?
           ORDER BY downloads DESC, sort_key DESC LIMIT ?`,
          Number(found.package_key),
          limit,
        );
        return {
          id: String(found.id),
          downloads: Number(found.total_downloads),
          versions: Number(found.versions),
          bytes: Number(found.bytes),
          top: top.map(versionDownloads),
        };
      }),
    );
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async topPackages(feedId: string, take: number): Promise<readonly PackageDownloads[]> {
    const limit = boundedInteger(take, MAX_TOP, 'take');
    return this.#read(() =>
      this.#parts.reader
        .all(
          `SELECT id, total_downloads FROM package INDEXED BY package_by_downloads
           WHERE feed_key = ${FEED_KEY} AND total_downloads > 0 ORDER BY total_downloads DESC, id_lower LIMIT ?`,
          feedId,
          limit,
        )
        .map((row) => ({ id: String(row.id), downloads: Number(row.total_downloads) })),
    );
  }

  // eslint-disable-next-line @typescript-eslint/require-await
  async #days(sql: string, values: readonly string[], days: number): Promise<readonly DownloadDay[]> {
    const first = this.#today() - boundedInteger(days, MAX_DAYS, 'days') + 1;
    return this.#read(() =>
      this.#parts.reader.all(`${sql} AND day >= ? ORDER BY day`, ...values, first).map((row) => ({
        day: new Date(Number(row.day) * DAY_MS).toISOString().slice(0, 10),
        downloads: Number(row.downloads),
      })),
    );
  }

  #today(): number {
    return Math.floor(this.#parts.now() / DAY_MS);
  }

  #read<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw toStoreProblem(error);
    }
  }
}

const COUNTED = `SELECT v.version_key, v.package_key, p.feed_key
  FROM package_version v JOIN package p ON p.package_key = v.package_key WHERE v.version_key = `;

/** The version itself, or what replaced it. */
function countedVersion(connection: Connection, versionKey: number): Row | undefined {
  return (
    connection.get(`${COUNTED} ?`, versionKey) ??
    connection.get(`${COUNTED} (SELECT new_key FROM replaced_version WHERE old_key = ?)`, versionKey)
  );
}

function versionDownloads(row: Row): VersionDownloads {
  return {
    version: String(row.normalized),
    downloads: Number(row.downloads),
    sizeBytes: Number(row.size_bytes),
    listed: row.listed === 1,
    created: String(row.created),
  };
}

interface Added {
  readonly day: number;
  readonly downloads: number;
}

function addToVersion(connection: Connection, version: Row, { day, downloads }: Added): void {
  const versionKey = Number(version.version_key);
  const packageKey = Number(version.package_key);
  connection.run('UPDATE package_version SET downloads = downloads + ? WHERE version_key = ?', downloads, versionKey);
  connection.run(
    'UPDATE package SET total_downloads = total_downloads + ? WHERE package_key = ?',
    downloads,
    packageKey,
  );
  refreshPopularity(connection, packageKey);
  addToDay(connection, { table: 'version', key: versionKey, day, downloads });
  addToDay(connection, { table: 'package', key: packageKey, day, downloads });
}

function addToFeed(connection: Connection, feedKey: number, { day, downloads }: Added): void {
  addToDay(connection, { table: 'feed', key: feedKey, day, downloads });
  connection.run('UPDATE feed SET has_hidden_counts = 1 WHERE feed_key = ? AND has_hidden_counts = 0', feedKey);
}

function addToDay(
  connection: Connection,
  { table, key, day, downloads }: Added & { readonly table: 'version' | 'package' | 'feed'; readonly key: number },
): void {
  connection.run(
    `INSERT INTO ${table}_download_day (${table}_key, day, downloads) VALUES (?, ?, ?)
     ON CONFLICT (${table}_key, day) DO UPDATE SET downloads = downloads + excluded.downloads`,
    key,
    day,
    downloads,
  );
}

/** A part of what is too old, so that no transaction is long. */
function expire(connection: Connection, today: number): void {
  for (const table of ['version', 'package'] as const) {
    connection.run(
      `DELETE FROM ${table}_download_day WHERE (${table}_key, day) IN
         (SELECT ${table}_key, day FROM ${table}_download_day INDEXED BY ${table}_download_day_by_day WHERE day <= ? LIMIT ?)`,
      today - KEPT_DAYS[table],
      EXPIRED_PER_ADD,
    );
  }
}

function boundedInteger(value: number, max: number, name: string): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw new ProblemError('invalidArgument', { detail: `${name} must be an integer from 1 to ${max}` });
}
