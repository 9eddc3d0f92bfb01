/**
 * Opens the database file: creates it, turns the write-ahead log on and brings the tables up to date, whoever of several
 * processes comes first.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import { Connection } from './connection.ts';
import { migrations } from './schema.ts';
import { isBusy, toStoreProblem } from './sqlite-problems.ts';
import type { WriteLock } from './write-lock.ts';

const PAUSE_MS = 10;

export interface OpenDatabaseOptions {
  readonly path: string;
  /** Bound of the reader's page cache, in KiB. */
  readonly cacheKib: number;
  readonly busyTimeoutMs: number;
  readonly writeLock: WriteLock;
}

/**
 * Opens the connection for reading, on tables that are up to date.
 *
 * @throws ProblemError `FF_STORE_UNAVAILABLE`; `FF_FOLDER_UNUSABLE` when a newer feedfleet has written the file, or
 *   its file system takes no write-ahead log.
 */
export async function openReader(options: OpenDatabaseOptions): Promise<Connection> {
  let reader: Connection | undefined;
  try {
    // Readers never wait for writers, only for the moment in which the log is created, recovered or removed.
    const { path, cacheKib, busyTimeoutMs, writeLock } = options;
    reader = new Connection({ path, cacheKib, busyTimeoutMs: Math.min(busyTimeoutMs, 1000) });
    await turnLogOn(reader, performance.now() + busyTimeoutMs);
    if (versionOf(reader) !== migrations.length) {
      await writeLock.run(migrate);
    }
    reader.exec('PRAGMA query_only = ON');
    return reader;
  } catch (error) {
    reader?.close();
    throw toStoreProblem(error);
  }
}

const versionOf = (connection: Connection): number => connection.number('PRAGMA user_version');

/** Changing the journal mode needs the file for oneself and does not wait: of two first processes, one is told `busy`. */
async function turnLogOn(connection: Connection, giveUpAt: number): Promise<void> {
  for (;;) {
    try {
      assertLog(connection.all('PRAGMA journal_mode = WAL')[0]?.journal_mode);
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() >= giveUpAt) {
        throw error;
      }
    }
    await delay(PAUSE_MS);
  }
}

/** SQLite does not fail where the log cannot be: it tells the mode that it stays in. */
function assertLog(mode: unknown): void {
  if (mode !== 'wal') {
    throw new ProblemError('folderUnusable', {
      detail: `the database needs a write-ahead log, which this file system refuses: its journal mode stays ${String(mode)}`,
    });
  }
}

function migrate(connection: Connection): void {
  const found = versionOf(connection);
  if (found > migrations.length) {
    throw new ProblemError('folderUnusable', {
      detail: `the store has schema ${found}, this program knows up to ${migrations.length}`,
    });
  }
  for (const migration of migrations.slice(found)) {
    migration(connection);
  }
  connection.exec(`PRAGMA user_version = ${migrations.length}`);
}
