/**
 * The data of the status process in one SQLite file of its own.
 *
 * A page that does not start because its data is damaged would be silent in the hour it is for: a file that cannot be read is put
 * aside, under a fixed name so that there is one at most, and the page begins anew. Each part has its own numbered list of migrations.
 *
 * Source: SQLite, "PRAGMA Statements" (locking_mode, synchronous); "Write-Ahead Logging"; "Result and Error Codes".
 */
import { chmodSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

import { ProblemError } from '@feedfleet/problems';
import { z } from 'zod';

export type Row = Record<string, SQLOutputValue>;
export type Migration = (database: StatusDatabase) => void;

export interface MigrationList {
  readonly name: string;
  readonly migrations: readonly Migration[];
}

/** How long a start waits for a status process that is just ending, in milliseconds. */
const busyTimeoutMs = 2000;
const longestLogBytes = 64 * 1024 * 1024;

/** The low byte is the primary code: SQLITE_BUSY is 5, SQLITE_CORRUPT 11, SQLITE_NOTADB 26. */
function primaryCode(error: unknown): number {
  return ((error as { readonly errcode?: number }).errcode ?? 0) % 256;
}

/** Whether an error says that the file is damaged: SQLite cannot read it, or a value that was kept is not what was written. */
export function isDamage(error: unknown): boolean {
  const code = primaryCode(error);
  return code === 11 || code === 26 || error instanceof SyntaxError || error instanceof z.ZodError;
}

function openFile(file: string): DatabaseSync {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const database = new DatabaseSync(file, { timeout: busyTimeoutMs });
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA temp_store = MEMORY;
      PRAGMA journal_size_limit = ${longestLogBytes};
      BEGIN IMMEDIATE;
      CREATE TABLE IF NOT EXISTS part_version (part TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT, WITHOUT ROWID;
      COMMIT;
    `);
    chmodSync(file, 0o600);
    return database;
  } catch (cause) {
    database.close();
    throw cause;
  }
}

function putAside(file: string): void {
  for (const ending of ['-wal', '-shm']) rmSync(file + ending, { force: true });
  renameSync(file, `${file}.damaged`);
}

export class StatusDatabase {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Whether a damaged file was put aside at this start. */
  readonly isNewForDamage: boolean;

  private constructor(database: DatabaseSync, isNewForDamage: boolean) {
    this.#database = database;
    this.isNewForDamage = isNewForDamage;
  }

  /**
   * @param file - made, with its folder, when it is missing.
   * @throws {ProblemError} `FF_ALREADY_RUNNING` when another status process holds the file; `FF_CORRUPT` when it cannot be used, and when
   * a newer release wrote it.
   */
  static open(file: string, lists: readonly MigrationList[]): StatusDatabase {
    try {
      return StatusDatabase.#migrated(openFile(file), { file, lists, isNewForDamage: false });
    } catch (cause) {
      if (cause instanceof ProblemError) throw cause;
      if (primaryCode(cause) === 5)
        throw new ProblemError('alreadyRunning', { detail: `status database: ${file}`, cause });
      if (!isDamage(cause)) throw new ProblemError('corrupt', { detail: `status database: ${file}`, cause });
    }
    return StatusDatabase.openAnew(file, lists);
  }

  /** Puts aside what is there, which nobody may hold open. */
  static openAnew(file: string, lists: readonly MigrationList[]): StatusDatabase {
    putAside(file);
    return StatusDatabase.#migrated(openFile(file), { file, lists, isNewForDamage: true });
  }

  static #migrated(
    database: DatabaseSync,
    { file, lists, isNewForDamage }: { file: string; lists: readonly MigrationList[]; isNewForDamage: boolean },
  ): StatusDatabase {
    const opened = new StatusDatabase(database, isNewForDamage);
    try {
      for (const list of lists) opened.#migrate(list, file);
      return opened;
    } catch (cause) {
      opened.close();
      throw cause;
    }
  }

  #migrate({ name, migrations }: MigrationList, file: string): void {
    const version = Number(this.get('SELECT version FROM part_version WHERE part = ?', name)?.version ?? 0);
    if (version > migrations.length) {
      const detail = `${file}: expected ${name} of version ${migrations.length} at most, got ${version}`;
      throw new ProblemError('corrupt', { detail });
    }
    for (const [index, migration] of migrations.entries()) {
      if (index < version) continue;
      this.transaction(() => {
        migration(this);
        const upsert =
          'INSERT INTO part_version VALUES (?, ?) ON CONFLICT (part) DO UPDATE SET version = excluded.version';
        this.run(upsert, name, index + 1);
      });
    }
  }

  /** Several statements without values. */
  exec(sql: string): void {
    this.#database.exec(sql);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepared(sql).all(...values);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepared(sql).get(...values);
  }

  /** @returns how many rows were changed. */
  run(sql: string, ...values: SQLInputValue[]): number {
    return Number(this.#prepared(sql).run(...values).changes);
  }

  /** All or nothing, and on disk when it returns. Inside another one it is a part of that one. */
  transaction<T>(work: () => T): T {
    if (this.#database.isTransaction) return work();
    return this.#transaction(work);
  }

  /**
   * All or nothing, without waiting for the disk: a power cut takes the last of it away, the end of the process does not. For what comes
   * every few seconds, and is unknown when it is lost.
   */
  quickTransaction<T>(work: () => T): T {
    if (this.#database.isTransaction) return work();
    this.#database.exec('PRAGMA synchronous = NORMAL');
    try {
      return this.#transaction(work);
    } finally {
      this.#database.exec('PRAGMA synchronous = FULL');
    }
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (cause) {
      this.#rollBack();
      throw cause;
    }
  }

  /** Idempotent. */
  close(): void {
    this.#statements.clear();
    if (this.#database.isOpen) this.#database.close();
  }

  /** SQLite itself ends a transaction after some errors. */
  #rollBack(): void {
    if (this.#database.isOpen && this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }

  /** The set of statements is fixed by the code. */
  #prepared(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}
