/**
 * One process at a time is an instance that writes: the files in its staging folder and the blobs it has announced are then
 * its own, or those of a process that is dead.
 *
 * The lock is a file lock that the kernel drops with the process, however that ends, so there is no stale lock to take over.
 * SQLite takes it, because Node has no call for it.
 *
 * Source: SQLite, "PRAGMA locking_mode" and "File Locking And Concurrency In SQLite Version 3".
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import { guarded, isBusy, toStoreProblem } from './sqlite-problems.ts';

const PAUSE_MS = 25;

export interface InstanceLock {
  /** Idempotent. */
  release(): void;
}

export interface InstanceWait {
  /** How long to wait for the process that is the instance now, in milliseconds. */
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

/**
 * @param stagingRoot - the folder with the staging folders of all instances; created when it is missing.
 * @throws ProblemError `FF_ALREADY_RUNNING` when another process is still the instance after the wait; `FF_STORE_UNAVAILABLE`;
 *   the signal's reason.
 */
export async function takeInstanceLock(
  stagingRoot: string,
  instance: string,
  { waitMs, signal }: InstanceWait,
): Promise<InstanceLock> {
  await guarded(() => mkdir(stagingRoot, { recursive: true }));
  // The dot in front keeps it apart from every instance's folder.
  const path = join(stagingRoot, `.${instance}.lock`);
  const giveUpAt = performance.now() + waitMs;
  for (;;) {
    signal?.throwIfAborted();
    const lock = tryLock(path);
    if (lock !== undefined) {
      return lock;
    }
    if (performance.now() >= giveUpAt) {
      const detail = `another process is still ${instance} on ${stagingRoot}, after a wait of ${waitMs} ms`;
      throw new ProblemError('alreadyRunning', { detail });
    }
    await pause(signal);
  }
}

/** @returns undefined when another process has it. */
function tryLock(path: string): InstanceLock | undefined {
  let database: DatabaseSync | undefined;
  try {
    const opened = new DatabaseSync(path, { timeout: 0 });
    database = opened;
    opened.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    return {
      release: () => {
        if (opened.isOpen) opened.close();
      },
    };
  } catch (error) {
    database?.close();
    if (isBusy(error)) {
      return undefined;
    }
    throw toStoreProblem(error);
  }
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  try {
    await delay(PAUSE_MS, undefined, signal === undefined ? {} : { signal });
  } catch {
    // Aborted: the next turn throws the signal's own reason.
  }
}
