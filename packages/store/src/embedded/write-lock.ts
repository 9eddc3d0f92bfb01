/**
 * The one writer among all processes, and the durable transaction that it runs.
 *
 * Waiting for another process is done on the event loop and not inside SQLite, whose busy handler would block every
 * request of this process. The transaction itself is synchronous: within a process, writers cannot interleave.
 *
 * Source: SQLite documentation, "Write-Ahead Logging", section "Concurrency": one writer at a time; `synchronous = FULL`
 * syncs the log at every commit.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import type { Connection } from './connection.ts';
import { isBusy, toStoreProblem } from './sqlite-problems.ts';

const LONGEST_PAUSE_MS = 20;

export interface WriteLockOptions {
  /** Opens the connection at the first write, so that a process that only reads has no second page cache. */
  readonly connect: () => Connection;
  /** How long a writer waits for the others, in milliseconds, before it gives up with `FF_STORE_UNAVAILABLE`. */
  readonly busyTimeoutMs: number;
}

export class WriteLock {
  readonly #options: WriteLockOptions;
  #connection: Connection | undefined;
  #closed = false;

  constructor(options: WriteLockOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` in a transaction of its own; what it throws rolls everything back.
   *
   * @throws ProblemError `FF_STORE_UNAVAILABLE` when the lock, the disk or the file fails.
   */
  async run<T>(work: (connection: Connection) => T): Promise<T> {
    try {
      const connection = await this.#begin();
      return this.#finish(connection, work);
    } catch (error) {
      throw toStoreProblem(error);
    }
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
    this.#connection = undefined;
  }

  async #begin(): Promise<Connection> {
    const giveUpAt = performance.now() + this.#options.busyTimeoutMs;
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      if (this.#closed) {
        throw new ProblemError('storeUnavailable', { detail: 'the store is closed' });
      }
      try {
        const connection = (this.#connection ??= this.#options.connect());
        connection.exec('BEGIN IMMEDIATE');
        return connection;
      } catch (error) {
        if (!isBusy(error) || performance.now() >= giveUpAt) {
          throw error;
        }
      }
      // The random part keeps two processes that met once from meeting at every further try.
      await delay(pauseMs * (0.5 + Math.random()));
    }
  }

  #finish<T>(connection: Connection, work: (connection: Connection) => T): T {
    try {
      const result = work(connection);
      connection.exec('COMMIT');
      return result;
    } catch (error) {
      rollBack(connection);
      throw error;
    }
  }
}

function rollBack(connection: Connection): void {
  try {
    connection.exec('ROLLBACK');
  } catch {
    // SQLite rolls back by itself after some failures (full disk, input/output); there is nothing left to undo then.
  }
}
