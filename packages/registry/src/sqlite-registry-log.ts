/**
 * The registry's log in one SQLite file.
 *
 * Held exclusively: the registry is one process, and a second one on the same data would tell another truth. WAL with
 * `synchronous=FULL`: a change that was acknowledged survives the loss of power.
 *
 * Source: SQLite, "PRAGMA Statements" (locking_mode, synchronous); "Write-Ahead Logging".
 */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { ProblemError } from '@feedfleet/problems';
import { changeSchema, instanceSchema, snapshotSchema } from '@feedfleet/registry-client';
import type { Change, Operation, Snapshot } from '@feedfleet/registry-client';
import { z } from 'zod';

import type { InstanceNote, KeyUse, RegistryLog } from './registry-log.ts';

const format = '1';
/** How long a start waits for a registry that is just ending, in milliseconds. */
const busyTimeoutMs = 2000;

const schema = `
  CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS changes (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    actor TEXT NOT NULL,
    summary TEXT NOT NULL,
    operations TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS entities (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS key_uses (key_id TEXT PRIMARY KEY, last_used_at TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS followers (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS instance_notes (id TEXT PRIMARY KEY, note TEXT NOT NULL) STRICT, WITHOUT ROWID;
`;

type Row = Record<string, unknown>;
const text = (row: Row, column: string): string => String(row[column]);

function changeOf(row: Row): Change {
  return changeSchema.parse({
    number: row.number,
    at: row.at,
    actor: row.actor,
    summary: row.summary,
    operations: JSON.parse(text(row, 'operations')) as unknown,
  });
}

const noteSchema = z.strictObject({
  leaseMs: z.number().nullable(),
  weight: instanceSchema.shape.weight.unwrap().optional(),
  state: instanceSchema.shape.state.unwrap().optional(),
  pool: instanceSchema.shape.pool.unwrap().optional(),
}) satisfies z.ZodType<InstanceNote>;

function noteOf(row: Row): InstanceNote {
  const parsed = noteSchema.safeParse(JSON.parse(text(row, 'note')));
  if (parsed.success) return parsed.data;
  throw new ProblemError('corrupt', { detail: 'the registry database is not valid', cause: parsed.error });
}

/** Source: SQLite, "Result and Error Codes": the low byte is the primary code, SQLITE_BUSY is 5. */
function isBusy(error: unknown): boolean {
  return ((error as { readonly errcode?: number }).errcode ?? 0) % 256 === 5;
}

/** @throws {ProblemError} `FF_ALREADY_RUNNING` when another registry holds the file, `FF_CORRUPT` when it cannot be used. */
function openDatabase(file: string): DatabaseSync {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
    chmodSync(file, 0o600);
    return database;
  } catch (cause) {
    database.close();
    throw new ProblemError(isBusy(cause) ? 'alreadyRunning' : 'corrupt', {
      detail: `registry database: ${file}`,
      cause,
    });
  }
}

export class SqliteRegistryLog implements RegistryLog {
  readonly #database: DatabaseSync;
  readonly #fleetId: string;

  private constructor(database: DatabaseSync, fleetId: string) {
    this.#database = database;
    this.#fleetId = fleetId;
  }

  /** @param file - made, with its folder, when it is missing. */
  static open(file: string): SqliteRegistryLog {
    const database = openDatabase(file);
    const insert = database.prepare('INSERT OR IGNORE INTO meta (name, value) VALUES (?, ?)');
    insert.run('fleetId', `fleet-${randomBytes(8).toString('hex')}`);
    insert.run('format', format);
    const meta = database.prepare('SELECT value FROM meta WHERE name = ?');
    const found = meta.get('format')?.value;
    if (found !== format) {
      database.close();
      throw new ProblemError('corrupt', { detail: `${file}: expected format ${format}, got ${String(found)}` });
    }
    return new SqliteRegistryLog(database, String(meta.get('fleetId')?.value));
  }

  snapshot(): Snapshot {
    const values = (kind: string): unknown[] =>
      this.#database
        .prepare('SELECT value FROM entities WHERE kind = ? ORDER BY id')
        .all(kind)
        .map((row): unknown => JSON.parse(text(row, 'value')));
    const parsed = snapshotSchema.safeParse({
      format: 1,
      fleetId: this.#fleetId,
      number: this.#database.prepare('SELECT coalesce(max(number), 0) AS number FROM changes').get()?.number,
      feeds: values('feed'),
      keys: values('key'),
      families: values('family'),
      instances: values('instance'),
      routes: values('route'),
      sources: values('source'),
      reroutes: values('reroute'),
      quarantines: values('quarantine'),
      datacenters: values('datacenter'),
    });
    if (parsed.success) return parsed.data;
    throw new ProblemError('corrupt', { detail: 'the registry database is not valid', cause: parsed.error });
  }

  append(change: Change): void {
    this.#transaction(() => {
      this.#database
        .prepare('INSERT INTO changes (number, at, actor, summary, operations) VALUES (?, ?, ?, ?, ?)')
        .run(change.number, change.at, change.actor, change.summary, JSON.stringify(change.operations));
      for (const operation of change.operations) this.#store(operation);
    });
  }

  changesAfter(number: number, limit: number): readonly Change[] {
    return this.#database
      .prepare('SELECT number, at, actor, summary, operations FROM changes WHERE number > ? ORDER BY number LIMIT ?')
      .all(number, limit)
      .map(changeOf);
  }

  hasEverHad(entity: 'family' | 'route', id: string): boolean {
    const found = this.#database
      .prepare(
        `SELECT 1 AS found FROM changes, json_each(changes.operations) AS operation
         WHERE json_extract(operation.value, '$.entity') = ? AND json_extract(operation.value, '$.id') = ? LIMIT 1`,
      )
      .get(entity, id);
    return found !== undefined;
  }

  keyUses(): ReadonlyMap<string, string> {
    const rows = this.#database.prepare('SELECT key_id, last_used_at FROM key_uses').all();
    return new Map(rows.map((row) => [text(row, 'key_id'), text(row, 'last_used_at')]));
  }

  recordKeyUses(uses: readonly KeyUse[]): number {
    return this.#transaction(() => {
      const record = this.#database.prepare(
        `INSERT INTO key_uses (key_id, last_used_at) SELECT id, ? FROM entities WHERE kind = 'key' AND id = ?
         ON CONFLICT (key_id) DO UPDATE SET last_used_at = max(last_used_at, excluded.last_used_at)`,
      );
      return uses.reduce((sum, { keyId, lastUsedAt }) => sum + Number(record.run(lastUsedAt, keyId).changes), 0);
    });
  }

  followers(): readonly string[] {
    return this.#database
      .prepare('SELECT id FROM followers ORDER BY id')
      .all()
      .map((row) => text(row, 'id'));
  }

  rememberFollower(id: string): void {
    this.#transaction(() => this.#database.prepare('INSERT OR IGNORE INTO followers (id) VALUES (?)').run(id));
  }

  forgetFollower(id: string): void {
    this.#transaction(() => this.#database.prepare('DELETE FROM followers WHERE id = ?').run(id));
  }

  instanceNotes(): ReadonlyMap<string, InstanceNote> {
    const rows = this.#database.prepare('SELECT id, note FROM instance_notes').all();
    return new Map(rows.map((row) => [text(row, 'id'), noteOf(row)]));
  }

  noteInstance(id: string, note: InstanceNote | null): void {
    this.#transaction(() => {
      if (note === null) this.#database.prepare('DELETE FROM instance_notes WHERE id = ?').run(id);
      else {
        const upsert =
          'INSERT INTO instance_notes (id, note) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET note = excluded.note';
        this.#database.prepare(upsert).run(id, JSON.stringify(note));
      }
    });
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #store({ entity, id, value }: Operation): void {
    if (value !== null) {
      const upsert =
        'INSERT INTO entities (kind, id, value) VALUES (?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value';
      this.#database.prepare(upsert).run(entity, id, JSON.stringify(value));
      return;
    }
    this.#database.prepare('DELETE FROM entities WHERE kind = ? AND id = ?').run(entity, id);
    if (entity === 'key') this.#database.prepare('DELETE FROM key_uses WHERE key_id = ?').run(id);
  }

  #transaction<T>(work: () => T): T {
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (cause) {
      if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw new ProblemError('storeUnavailable', { detail: 'the registry database could not be written', cause });
    }
  }
}
