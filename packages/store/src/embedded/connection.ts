/**
 * One SQLite connection with its prepared statements, which are kept: the set of statements is fixed by the code.
 *
 * Results are always read to the end, so that no statement holds a read transaction open between two calls: that would
 * freeze what `PRAGMA data_version` sees, and keep the log from being checkpointed.
 */
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';

export type Row = Record<string, SQLOutputValue>;

export interface ConnectionOptions {
  readonly path: string;
  /** How long a statement blocks for another connection's lock, in milliseconds; 0 to fail at once. */
  readonly busyTimeoutMs: number;
  /** Bound of the page cache, in KiB. */
  readonly cacheKib: number;
}

export class Connection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  /** Their rows come as arrays: an object for one number takes as long as the question itself. */
  readonly #numberStatements = new Map<string, StatementSync>();

  constructor(options: ConnectionOptions) {
    this.#database = new DatabaseSync(options.path, { timeout: options.busyTimeoutMs });
    this.#database.exec(`
      PRAGMA cache_size = -${options.cacheKib};
      PRAGMA synchronous = FULL;
      PRAGMA temp_store = MEMORY;
      PRAGMA journal_size_limit = ${64 * 1024 * 1024};
    `);
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepared(sql).all(...values);
  }

  get(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepared(sql).get(...values);
  }

  /** @returns the rows changed, and the key of the row inserted last. */
  run(sql: string, ...values: SQLInputValue[]): { readonly changes: number; readonly insertedKey: number } {
    const { changes, lastInsertRowid } = this.#prepared(sql).run(...values);
    return { changes: Number(changes), insertedKey: Number(lastInsertRowid) };
  }

  /** The first column of the first row, which must be there and be a number. */
  number(sql: string, ...values: SQLInputValue[]): number {
    let statement = this.#numberStatements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      statement.setReturnArrays(true);
      this.#numberStatements.set(sql, statement);
    }
    const row = statement.get(...values) as SQLOutputValue[] | undefined;
    return Number(row === undefined ? Number.NaN : row[0]);
  }

  /** Runs `work` in one read transaction: all that it reads is one state of the store. */
  reading<T>(work: () => T): T {
    this.#database.exec('BEGIN');
    try {
      return work();
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  /** The last connection of all processes to close writes the log back and removes it. */
  close(): void {
    this.#statements.clear();
    this.#numberStatements.clear();
    if (this.#database.isOpen) {
      this.#database.close();
    }
  }

  #prepared(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      return known;
    }
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    return statement;
  }
}
