/**
 * The one writer among all processes, and the durable transactions that it runs.
 *
 * What is asked for in one turn of the event loop shares a transaction, each in a savepoint of its own (group commit): the sync of
 * the log is what a small change costs, and many pushes at once pay it once. All are told only when it is done.
 *
 * Waiting for another process is done on the event loop and not inside SQLite, whose busy handler would block every
 * request of this process. The work itself is synchronous: within a process, writers cannot interleave.
 *
 * Source: SQLite documentation, "Write-Ahead Logging", section "Concurrency": one writer at a time; `synchronous = FULL`
 * syncs the log at every commit.
 */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import type { Connection } from './connection.ts';
import { isBusy, toStoreProblem } from './sqlite-problems.ts';

const LONGEST_PAUSE_MS = 20;
/** Most changes that share a transaction. */
const MAX_GROUP = 64;
const DEFAULT_GROUP_MS = 5;

export interface WriteLockOptions {
  /** Opens the connection at the first write, so that a process that only reads has no second page cache. */
  readonly connect: () => Connection;
  /** How long a writer waits for the others, in milliseconds, before it gives up with `FF_STORE_UNAVAILABLE`. */
  readonly busyTimeoutMs: number;
  /** How long those who share a transaction may hold the event loop, in milliseconds. Default: 5. */
  readonly groupMs?: number;
}

interface Waiting {
  readonly work: (connection: Connection) => unknown;
  readonly isAlone: boolean;
  /** By `performance.now()`. */
  readonly giveUpAt: number;
  readonly resolve: (result: unknown) => void;
  readonly reject: (problem: ProblemError) => void;
}

export class WriteLock {
  readonly #options: WriteLockOptions;
  readonly #waiting: Waiting[] = [];
  #connection: Connection | undefined;
  #isRunning = false;
  #closed = false;

  constructor(options: WriteLockOptions) {
    this.#options = options;
  }

  /**
   * Runs `work` in a durable transaction; what it throws takes back all that it did, and nothing else.
   *
   * @throws ProblemError `FF_STORE_UNAVAILABLE` when the lock, the disk or the file fails.
   */
  run<T>(work: (connection: Connection) => T): Promise<T> {
    return this.#enqueue(work, false);
  }

  /** As `run`, in a transaction that holds nothing else: for what acts outside of the database on what others have committed. */
  runAlone<T>(work: (connection: Connection) => T): Promise<T> {
    return this.#enqueue(work, true);
  }

  close(): void {
    this.#closed = true;
    this.#connection?.close();
    this.#connection = undefined;
  }

  #enqueue<T>(work: (connection: Connection) => T, isAlone: boolean): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const giveUpAt = performance.now() + this.#options.busyTimeoutMs;
      this.#waiting.push({ work, isAlone, giveUpAt, resolve: resolve as Waiting['resolve'], reject });
      void this.#runWaiting();
    });
  }

  /** One at a time; never rejects. The turn before each group lets those come in that are asked for at the same time. */
  async #runWaiting(): Promise<void> {
    if (this.#isRunning) {
      return;
    }
    this.#isRunning = true;
    await nextTurn();
    while (this.#waiting.length > 0) {
      const connection = await this.#begin();
      if (connection !== undefined) {
        this.#runGroup(connection);
      }
      await nextTurn();
    }
    this.#isRunning = false;
  }

  /** @returns undefined when everybody who waited has been told why there is no transaction. */
  async #begin(): Promise<Connection | undefined> {
    for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
      try {
        if (this.#closed) {
          throw new ProblemError('storeUnavailable', { detail: 'the store is closed' });
        }
        const connection = (this.#connection ??= this.#options.connect());
        connection.exec('BEGIN IMMEDIATE');
        return connection;
      } catch (error) {
        this.#refuse(error, isBusy(error) ? performance.now() : Number.POSITIVE_INFINITY);
        if (this.#waiting.length === 0) {
          return undefined;
        }
      }
      // The random part keeps two processes that met once from meeting at every further try.
      await delay(pauseMs * (0.5 + Math.random()));
    }
  }

  /** Tells those whose time is over by `until`; they are in the order of their times. */
  #refuse(error: unknown, until: number): void {
    const left = this.#waiting.findIndex(({ giveUpAt }) => giveUpAt > until);
    for (const { reject } of this.#waiting.splice(0, left === -1 ? this.#waiting.length : left)) {
      reject(toStoreProblem(error));
    }
  }

  #runGroup(connection: Connection): void {
    const done: (() => void)[] = [];
    const group: Waiting[] = [];
    try {
      const until = performance.now() + (this.#options.groupMs ?? DEFAULT_GROUP_MS);
      do {
        const next = this.#waiting.shift();
        if (next === undefined) break;
        group.push(next);
        done.push(runOne(connection, next));
      } while (!this.#endsGroup(group) && performance.now() < until);
      connection.exec('COMMIT');
    } catch (error) {
      rollBack(connection);
      const problem = toStoreProblem(error);
      for (const { reject } of group) reject(problem);
      return;
    }
    for (const tell of done) tell();
  }

  #endsGroup(group: readonly Waiting[]): boolean {
    return group.length === MAX_GROUP || group.at(-1)?.isAlone === true || this.#waiting[0]?.isAlone === true;
  }
}

/**
 * @returns tells the outcome, to be called when it is durable.
 * @throws when the transaction is lost with all that is in it.
 */
function runOne(connection: Connection, { work, resolve, reject }: Waiting): () => void {
  connection.exec('SAVEPOINT work');
  try {
    const result = work(connection);
    connection.exec('RELEASE work');
    return () => {
      resolve(result);
    };
  } catch (error) {
    // Fails where SQLite has given up the whole transaction by itself (full disk, input/output).
    connection.exec('ROLLBACK TO work');
    connection.exec('RELEASE work');
    return () => {
      reject(toStoreProblem(error));
    };
  }
}

function rollBack(connection: Connection): void {
  try {
    connection.exec('ROLLBACK');
  } catch {
    // SQLite rolls back by itself after some failures (full disk, input/output); there is nothing left to undo then.
  }
}
