/** The catalog port on SQLite: every question is answered along an index of the feed's numbers. */
import { ProblemError } from '@feedfleet/problems';
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { CatalogCommit, CatalogSnapshot, FeedCatalog, FeedCatalogEntry } from '../feed-catalog.ts';
import type { CatalogEntry } from '../metadata-store.ts';
import type { Connection, Row } from './connection.ts';
import { keptDeprecation } from './deprecations.ts';
import { toStoreProblem } from './sqlite-problems.ts';
import { sha512ToHex } from './stored-version-row.ts';

const MAX_ENTRIES = 1000;
const FEED = '(SELECT feed_key FROM feed WHERE feed_id = ?)';
const ENTRY = 'c.number, c.committed_us, c.kind, c.id, c.version, c.normalized, c.listed';

const HEAD = `SELECT number, committed_us FROM catalog INDEXED BY catalog_by_number
  WHERE feed_key = ${FEED} AND number IS NOT NULL ORDER BY number DESC LIMIT 1`;
const COMMITS = `SELECT c.number, c.committed_us FROM json_each(?) AS wanted
  CROSS JOIN catalog c INDEXED BY catalog_by_number ON c.feed_key = ${FEED} AND c.number = wanted.value ORDER BY wanted.key`;
const ENTRIES = `SELECT ${ENTRY} FROM catalog c INDEXED BY catalog_by_number
  WHERE c.feed_key = ${FEED} AND c.number >= ? ORDER BY c.number LIMIT ?`;
const NUMBERS_OF_KIND = `SELECT number FROM catalog INDEXED BY catalog_by_kind
  WHERE feed_key = ${FEED} AND kind = ? AND number IS NOT NULL ORDER BY number DESC LIMIT ?`;
/** The content of a version is in one of two places: with the version, or where it went when the version was deleted. */
const SNAPSHOTS = `SELECT ${ENTRY}, coalesce(v.created, d.created) AS created, coalesce(v.size_bytes, d.size_bytes) AS size_bytes,
    coalesce(v.sha512, d.sha512) AS sha512, coalesce(k.metadata, d.metadata) AS metadata, c.deprecation
  FROM json_each(?) AS wanted CROSS JOIN catalog c INDEXED BY catalog_by_number ON c.feed_key = ${FEED} AND c.number = wanted.value
    LEFT JOIN package_version v ON v.version_key = c.version_key
    LEFT JOIN package_content k ON k.version_key = c.version_key
    LEFT JOIN deleted_content d ON d.version_key = c.version_key
  ORDER BY wanted.key`;

export class SqliteFeedCatalog implements FeedCatalog {
  readonly #reader: Connection;

  constructor(reader: Connection) {
    this.#reader = reader;
  }

  head(feedId: string, signal?: AbortSignal): Promise<CatalogCommit | undefined> {
    return this.#read(signal, () => {
      const row = this.#reader.get(HEAD, feedId);
      return row === undefined ? undefined : commitOf(row);
    });
  }

  commits(feedId: string, numbers: readonly number[], signal?: AbortSignal): Promise<readonly CatalogCommit[]> {
    return this.#read(signal, () => {
      assertBounded(numbers.length);
      return this.#reader.all(COMMITS, JSON.stringify(numbers), feedId).map(commitOf);
    });
  }

  entries(
    feedId: string,
    { from, limit }: { readonly from: number; readonly limit: number },
    signal?: AbortSignal,
  ): Promise<readonly FeedCatalogEntry[]> {
    return this.#read(signal, () => {
      assertBounded(limit);
      return this.#reader.all(ENTRIES, feedId, from, limit).map(entryOf);
    });
  }

  async snapshot(feedId: string, number: number, signal?: AbortSignal): Promise<CatalogSnapshot | undefined> {
    const [found] = await this.#read(signal, () => this.#snapshots(feedId, [number]));
    return found;
  }

  newest(
    feedId: string,
    { kinds, limit }: { readonly kinds: readonly CatalogEntry['kind'][]; readonly limit: number },
    signal?: AbortSignal,
  ): Promise<readonly CatalogSnapshot[]> {
    return this.#read(signal, () => {
      assertBounded(limit);
      return this.#reader.reading(() => {
        const numbers = kinds.flatMap((kind) =>
          this.#reader.all(NUMBERS_OF_KIND, feedId, kind, limit).map((row) => Number(row.number)),
        );
        return this.#snapshots(feedId, numbers.toSorted((a, b) => b - a).slice(0, limit));
      });
    });
  }

  #snapshots(feedId: string, numbers: readonly number[]): readonly CatalogSnapshot[] {
    return this.#reader.all(SNAPSHOTS, JSON.stringify(numbers), feedId).map(snapshotOf);
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

function assertBounded(count: number): void {
  if (!Number.isInteger(count) || count < 0 || count > MAX_ENTRIES) {
    throw new ProblemError('invalidArgument', {
      detail: `entries are read by 0 to ${MAX_ENTRIES} at a time, got ${count}`,
    });
  }
}

function commitOf(row: Row): CatalogCommit {
  return { number: Number(row.number), committedUs: Number(row.committed_us) };
}

function entryOf(row: Row): FeedCatalogEntry {
  return {
    ...commitOf(row),
    kind: row.kind as CatalogEntry['kind'],
    id: String(row.id),
    version: String(row.version),
    normalizedVersion: String(row.normalized),
    listed: row.listed === 1,
  };
}

function snapshotOf(row: Row): CatalogSnapshot {
  return {
    ...entryOf(row),
    created: String(row.created),
    sizeBytes: Number(row.size_bytes),
    sha512: sha512ToHex(row.sha512 as Uint8Array),
    metadata: JSON.parse(String(row.metadata)) as PackageMetadata,
    deprecation: keptDeprecation(row.deprecation),
  };
}
