/**
 * One fleet on one data folder.
 *
 * The lock is a file lock that the kernel drops with the process, however that ends, so there is no stale lock to take over
 * and no process id that could have been given to somebody else. SQLite takes it, because Node has no call for it.
 *
 * Source: SQLite, "PRAGMA locking_mode" and "File Locking And Concurrency In SQLite Version 3".
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ProblemError } from '@feedfleet/problems';

export interface FleetLock {
  release(): void;
}

/** Source: SQLite, "Result and Error Codes"; the low byte is the primary one. */
const SQLITE_BUSY = 5;
const PRIMARY_CODE = 0xff;

/**
 * @param folder - the data folder.
 * @param processId - who takes it; told to whoever comes second.
 * @throws {ProblemError} `FF_ALREADY_RUNNING` when another process holds it, `FF_FOLDER_UNUSABLE` when none can be taken.
 */
export function takeFleetLock(folder: string, processId: number): FleetLock {
  const pidFile = path.join(folder, 'fleet.pid');
  const lockFile = path.join(folder, 'fleet.lock');
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(lockFile, { timeout: 0 });
    database.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (cause) {
    database?.close();
    const { errcode, message } = cause as Error & { readonly errcode?: number };
    if (errcode === undefined || (errcode & PRIMARY_CODE) !== SQLITE_BUSY) {
      throw new ProblemError('folderUnusable', { detail: `${lockFile} cannot be locked (${message})`, cause });
    }
    const holder = readHolder(pidFile);
    const detail = `${folder} is used by ${holder === undefined ? 'another process' : `process ${holder}`}`;
    throw new ProblemError('alreadyRunning', { detail, cause });
  }
  writeFileSync(pidFile, `${processId}\n`);
  const held = database;
  return { release: () => held.close() };
}

function readHolder(pidFile: string): string | undefined {
  try {
    return /^\d+/.exec(readFileSync(pidFile, 'utf8'))?.[0];
  } catch {
    return undefined;
  }
}
