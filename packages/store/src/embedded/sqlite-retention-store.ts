/** The retention port on SQLite. */
import { ProblemError } from '@feedfleet/problems';
import type { RemoveBlob } from '../blob-store.ts';
import type { ChangeOutcome } from '../metadata-store.ts';
import type {
  Chunk,
  DeletionOutcome,
  Dependent,
  KeptVersions,
  Pin,
  RetentionStore,
  VersionIdentity,
} from '../retention-store.ts';
import { doAllRemovals } from './blob-removals.ts';
import type { BlobClaimParts } from './blob-removals.ts';
import type { Connection } from './connection.ts';
import { toStoreProblem } from './sqlite-problems.ts';
import { countExpression } from './version-counts.ts';
import { deleteVersion, foldCase } from './version-writer.ts';

/** Rows that one answer looks at: a fraction of a millisecond. */
const ROWS_PER_CHUNK = 1000;
const MAX_PINS = 10_000;

/** Versions of an id, listed or not. */
const ALL = countExpression('p', { includePrerelease: true, includeSemVer2: true, includeUnlisted: true });
const STABLE = countExpression('p', { includePrerelease: false, includeSemVer2: true, includeUnlisted: true });
const FEED_KEY = '(SELECT feed_key FROM feed WHERE feed_id = ?)';

export interface SqliteRetentionStoreParts extends BlobClaimParts {
  readonly reader: Connection;
}

export class SqliteRetentionStore implements RetentionStore {
  readonly #parts: SqliteRetentionStoreParts;

  constructor(parts: SqliteRetentionStoreParts) {
    this.#parts = parts;
  }

  idsWithMoreThan(feedId: string, kept: KeptVersions, after: string): Promise<Chunk<string, string>> {
    return this.#read((reader) => {
      const rows = reader.all(
        `SELECT p.id_lower, ${STABLE} AS stable, ${ALL} - ${STABLE} AS prerelease FROM package p INDEXED BY package_by_id
         WHERE p.feed_key = ${FEED_KEY} AND p.id_lower > ? ORDER BY p.id_lower LIMIT ?`,
        feedId,
        after,
        ROWS_PER_CHUNK,
      );
      const isOver = (count: unknown, limit: number | null): boolean => limit !== null && Number(count) > limit;
      return {
        items: rows
          .filter((row) => isOver(row.stable, kept.stable) || isOver(row.prerelease, kept.prerelease))
          .map((row) => String(row.id_lower)),
        next: rows.length < ROWS_PER_CHUNK ? null : String(rows.at(-1)?.id_lower),
      };
    });
  }

  dependentsOf(feedId: string, id: string, after: number): Promise<Chunk<Dependent, number>> {
    return this.#read((reader) => {
      const select = `SELECT d.version_key, d.range, v.id, v.normalized FROM dependency d JOIN package_version v ON v.version_key = d.version_key
        WHERE d.feed_key = ${FEED_KEY} AND d.id_lower = ?`;
      const rows = reader.all(
        `${select} AND d.version_key > ? ORDER BY d.version_key LIMIT ?`,
        feedId,
        foldCase(id),
        after,
        ROWS_PER_CHUNK,
      );
      const last = rows.at(-1);
      const isEnd = last === undefined || rows.length < ROWS_PER_CHUNK;
      // The last version may have further ranges, which the next part would pass over.
      const all = isEnd
        ? rows
        : [
            ...rows.filter((row) => row.version_key !== last.version_key),
            ...reader.all(`${select} AND d.version_key = ?`, feedId, foldCase(id), Number(last.version_key)),
          ];
      return {
        items: all.map((row) => ({
          id: String(row.id),
          normalizedVersion: String(row.normalized),
          range: String(row.range),
        })),
        next: isEnd ? null : Number(last.version_key),
      };
    });
  }

  pins(feedId: string): Promise<readonly Pin[]> {
    return this.#read((reader) =>
      reader
        .all(
          `SELECT id, normalized, note, at FROM pin WHERE feed_key = ${FEED_KEY} ORDER BY id_lower, normalized_lower`,
          feedId,
        )
        .map((row) => ({
          id: String(row.id),
          normalizedVersion: String(row.normalized),
          note: String(row.note),
          at: String(row.at),
        })),
    );
  }

  pin(feedId: string, { id, normalizedVersion }: VersionIdentity, note: string): Promise<ChangeOutcome> {
    const at = new Date(this.#parts.now()).toISOString();
    return this.#parts.writeLock.run((connection) => {
      const version = connection.get(
        `SELECT v.id, v.normalized, p.feed_key FROM package p JOIN package_version v ON v.package_key = p.package_key
         WHERE p.feed_key = ${FEED_KEY} AND p.id_lower = ? AND v.normalized_lower = ?`,
        feedId,
        foldCase(id),
        foldCase(normalizedVersion),
      );
      if (version === undefined) return 'absent';
      const feedKey = Number(version.feed_key);
      if (connection.number('SELECT count(*) FROM pin WHERE feed_key = ?', feedKey) >= MAX_PINS) {
        throw new ProblemError('conflict', { detail: `expected at most ${MAX_PINS} pins in a feed` });
      }
      const { changes } = connection.run(
        `INSERT INTO pin (feed_key, id_lower, normalized_lower, id, normalized, note, at) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET note = excluded.note, at = excluded.at WHERE note <> excluded.note`,
        feedKey,
        foldCase(id),
        foldCase(normalizedVersion),
        String(version.id),
        String(version.normalized),
        note,
        at,
      );
      if (changes === 0) return 'unchanged';
      touch(connection, feedId);
      return 'changed';
    });
  }

  unpin(feedId: string, { id, normalizedVersion }: VersionIdentity): Promise<ChangeOutcome> {
    return this.#parts.writeLock.run((connection) => {
      const { changes } = connection.run(
        `DELETE FROM pin WHERE feed_key = ${FEED_KEY} AND id_lower = ? AND normalized_lower = ?`,
        feedId,
        foldCase(id),
        foldCase(normalizedVersion),
      );
      if (changes === 0) return 'absent';
      touch(connection, feedId);
      return 'changed';
    });
  }

  async deleteAtRevision(
    feedId: string,
    versions: readonly VersionIdentity[],
    revision: number,
    removeBlob: RemoveBlob,
  ): Promise<DeletionOutcome> {
    const { writeLock, now } = this.#parts;
    const at = new Date(now()).toISOString();
    const outcome = await writeLock.run((connection): DeletionOutcome => {
      if (revisionOf(connection, feedId) !== revision) return { outcome: 'outdated' };
      for (const version of versions) deleteVersion(connection, { feedId, ...version }, at);
      return { outcome: 'deleted', revision: revisionOf(connection, feedId) };
    });
    if (outcome.outcome === 'deleted') await doAllRemovals(this.#parts, removeBlob);
    return outcome;
  }

  // Async, so that what fails is a rejected promise.
  // eslint-disable-next-line @typescript-eslint/require-await
  async #read<T>(work: (reader: Connection) => T): Promise<T> {
    try {
      return work(this.#parts.reader);
    } catch (error) {
      throw toStoreProblem(error);
    }
  }
}

function revisionOf(connection: Connection, feedId: string): number {
  return Number(connection.get('SELECT revision FROM feed WHERE feed_id = ?', feedId)?.revision ?? 0);
}

/** What was chosen for deletion before must be chosen anew. */
function touch(connection: Connection, feedId: string): void {
  connection.run('UPDATE feed SET revision = revision + 1 WHERE feed_id = ?', feedId);
}
