/** What the observing part keeps: what it last knew of the fleet, its canary, the secrets of observers, the batches that came. */
import type { Migration, StatusDatabase } from '../storage/status-database.ts';

const createTables: Migration = (database) => {
  database.exec(`
    CREATE TABLE observing_known (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE observing_secret (observer TEXT PRIMARY KEY, secret TEXT NOT NULL, added_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE observing_batch (
      observer TEXT NOT NULL,
      batch TEXT NOT NULL,
      at INTEGER NOT NULL,
      PRIMARY KEY (observer, batch)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX observing_batch_at ON observing_batch (at);
  `);
};

const addLastSeen: Migration = (database) => {
  database.exec('ALTER TABLE observing_secret ADD COLUMN last_seen_at INTEGER');
};

export const observingMigrations: readonly Migration[] = [createTables, addLastSeen];

export interface RegisteredObserver {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly addedAt: number;
  /** When it last reported; `undefined` when it never has. */
  readonly lastSeenAt: number | undefined;
}

/** Observers queue for seven days at most; a batch is remembered a little longer. */
const BATCH_KEPT_MS = 8 * 24 * 3_600_000;
/** How many old ones go with one that comes, so that no statement takes long. */
const FORGOTTEN_AT_A_TIME = 20;

export class ObservingStore {
  readonly #database: StatusDatabase;

  constructor(database: StatusDatabase) {
    this.#database = database;
  }

  /** @returns what was kept under the name, parsed; `undefined` when there is nothing. */
  known(name: string): unknown {
    const row = this.#database.get('SELECT value FROM observing_known WHERE name = ?', name);
    return row === undefined ? undefined : JSON.parse(String(row.value));
  }

  keep(name: string, value: unknown): void {
    const upsert =
      'INSERT INTO observing_known (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value';
    this.#database.run(upsert, name, JSON.stringify(value));
  }

  observers(): readonly RegisteredObserver[] {
    const rows = this.#database.all('SELECT observer, added_at, last_seen_at FROM observing_secret ORDER BY observer');
    return rows.map((row) => ({
      name: String(row.observer),
      addedAt: Number(row.added_at),
      lastSeenAt: row.last_seen_at === null ? undefined : Number(row.last_seen_at),
    }));
  }

  secretOf(observer: string): string | undefined {
    const row = this.#database.get('SELECT secret FROM observing_secret WHERE observer = ?', observer);
    return row === undefined ? undefined : String(row.secret);
  }

  sawObserver(observer: string, now: number): void {
    this.#database.run('UPDATE observing_secret SET last_seen_at = ? WHERE observer = ?', now, observer);
  }

  /** @returns whether there was none of that name. */
  addObserver(observer: string, secret: string, now: number): boolean {
    const insert = 'INSERT OR IGNORE INTO observing_secret (observer, secret, added_at) VALUES (?, ?, ?)';
    return this.#database.run(insert, observer, secret, now) > 0;
  }

  /** @returns whether there was one. What it reported stays. */
  removeObserver(observer: string): boolean {
    return this.#database.run('DELETE FROM observing_secret WHERE observer = ?', observer) > 0;
  }

  /** Takes a batch in once: `work` and the memory of it are one transaction. @returns `undefined` for one that came before. */
  once<T>(
    observer: string,
    batch: string,
    { now, work }: { readonly now: number; readonly work: () => T },
  ): T | undefined {
    return this.#database.transaction(() => {
      const forget =
        'DELETE FROM observing_batch WHERE (observer, batch) IN (SELECT observer, batch FROM observing_batch WHERE at < ? LIMIT ?)';
      this.#database.run(forget, now - BATCH_KEPT_MS, FORGOTTEN_AT_A_TIME);
      const insert = 'INSERT OR IGNORE INTO observing_batch (observer, batch, at) VALUES (?, ?, ?)';
      return this.#database.run(insert, observer, batch, now) > 0 ? work() : undefined;
    });
  }
}
