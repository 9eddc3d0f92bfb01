/** Source pins on SQLite. Whoever serves writes them, also a process that only reads packages. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import type { Chunk } from '../retention-store.ts';
import { MAX_SOURCE_PINS } from '../source-pins.ts';
import type { SourcePin, SourcePins } from '../source-pins.ts';
import type { Connection } from './connection.ts';
import { toStoreProblem } from './sqlite-problems.ts';
import { foldCase } from './version-writer.ts';
import type { WriteLock } from './write-lock.ts';

/** Ids of one statement: a fraction of a millisecond. */
const IDS_PER_READ = 500;
const MAX_LISTED = 1000;
const REMOVED_PER_TRANSACTION = 1000;

export interface SqliteSourcePinsParts {
  readonly reader: Connection;
  readonly writeLock: WriteLock;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class SqliteSourcePins implements SourcePins {
  readonly #parts: SqliteSourcePinsParts;

  constructor(parts: SqliteSourcePinsParts) {
    this.#parts = parts;
  }

  async pinsOf(feedId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const found = new Map<string, string>();
    for (let start = 0; start < ids.length; start += IDS_PER_READ) {
      if (start > 0) await nextTurn();
      const part = JSON.stringify(ids.slice(start, start + IDS_PER_READ).map(foldCase));
      const rows = this.#read((reader) =>
        reader.all(
          `SELECT s.id_lower, s.source_id FROM json_each(?) AS asked CROSS JOIN source_pin s
           ON s.feed_id = ? AND s.id_lower = asked.value`,
          part,
          feedId,
        ),
      );
      for (const row of rows) found.set(String(row.id_lower), String(row.source_id));
    }
    return found;
  }

  async pin(feedId: string, id: string, sourceId: string): Promise<'pinned' | { readonly conflict: string }> {
    const idLower = foldCase(id);
    const known = this.#read((reader) => pinOf(reader, feedId, idLower));
    if (known !== undefined) return outcomeOf(known, sourceId);
    const at = new Date(this.#parts.now()).toISOString();
    return this.#parts.writeLock.run((connection) => {
      const meanwhile = pinOf(connection, feedId, idLower);
      if (meanwhile !== undefined) return outcomeOf(meanwhile, sourceId);
      if (countOf(connection, feedId) >= MAX_SOURCE_PINS) {
        throw new ProblemError('conflict', { detail: `expected at most ${MAX_SOURCE_PINS} source pins in a feed` });
      }
      connection.run(
        'INSERT INTO source_pin (feed_id, id_lower, source_id, at) VALUES (?, ?, ?, ?)',
        ...[feedId, idLower, sourceId, at],
      );
      addToCount(connection, feedId, 1);
      return 'pinned';
    });
  }

  // Async, so that what fails is a rejected promise.
  // eslint-disable-next-line @typescript-eslint/require-await
  async list(
    feedId: string,
    { after, limit }: { readonly after: string; readonly limit: number },
  ): Promise<Chunk<SourcePin, string>> {
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LISTED) {
      throw new ProblemError('invalidArgument', { detail: `limit must be from 1 to ${MAX_LISTED}, got ${limit}` });
    }
    const rows = this.#read((reader) =>
      reader.all(
        'SELECT id_lower, source_id, at FROM source_pin WHERE feed_id = ? AND id_lower > ? ORDER BY id_lower LIMIT ?',
        ...[feedId, after, limit + 1],
      ),
    );
    const items = rows
      .slice(0, limit)
      .map((row) => ({ id: String(row.id_lower), sourceId: String(row.source_id), at: String(row.at) }));
    return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  async unpin(feedId: string, what: { readonly id: string } | { readonly sourceId: string }): Promise<number> {
    const [column, value] =
      'id' in what ? (['id_lower', foldCase(what.id)] as const) : (['source_id', what.sourceId] as const);
    let removed = 0;
    for (;;) {
      const batch = await this.#parts.writeLock.run((connection) => {
        const { changes } = connection.run(
          `DELETE FROM source_pin WHERE feed_id = ? AND id_lower IN
             (SELECT id_lower FROM source_pin WHERE feed_id = ? AND ${column} = ? LIMIT ?)`,
          ...[feedId, feedId, value, REMOVED_PER_TRANSACTION],
        );
        if (changes > 0) addToCount(connection, feedId, -changes);
        return changes;
      });
      removed += batch;
      if (batch < REMOVED_PER_TRANSACTION) return removed;
      await nextTurn();
    }
  }

  #read<T>(work: (reader: Connection) => T): T {
    try {
      return work(this.#parts.reader);
    } catch (error) {
      throw toStoreProblem(error);
    }
  }
}

function pinOf(connection: Connection, feedId: string, idLower: string): string | undefined {
  const row = connection.get('SELECT source_id FROM source_pin WHERE feed_id = ? AND id_lower = ?', feedId, idLower);
  return row === undefined ? undefined : String(row.source_id);
}

function outcomeOf(pinnedTo: string, sourceId: string): 'pinned' | { readonly conflict: string } {
  return pinnedTo === sourceId ? 'pinned' : { conflict: pinnedTo };
}

function countOf(connection: Connection, feedId: string): number {
  return Number(connection.get('SELECT pins FROM source_pin_count WHERE feed_id = ?', feedId)?.pins ?? 0);
}

function addToCount(connection: Connection, feedId: string, change: number): void {
  connection.run(
    `INSERT INTO source_pin_count (feed_id, pins) VALUES (?, ?)
     ON CONFLICT DO UPDATE SET pins = pins + excluded.pins`,
    feedId,
    change,
  );
}
