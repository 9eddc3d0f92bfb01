/**
 * What SQLite and the file system say when they fail, as problems from the registry: nothing raw leaves the store.
 *
 * Source: SQLite documentation, "Result and Error Codes"; the low byte of an extended code is its primary code.
 */
import { ProblemError } from '@feedfleet/problems';

const PRIMARY_CODE_MASK = 0xff;
const SQLITE_BUSY = 5;

/** BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB: the store, not the statement, is at fault. */
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([SQLITE_BUSY, 6, 7, 8, 9, 10, 11, 13, 14, 15, 26]);

// Not `instanceof Error`: errors of Node's own modules belong to another realm where code runs in a VM context.
const field = (error: unknown, name: 'errcode' | 'code' | 'syscall'): unknown =>
  typeof error === 'object' && error !== null ? (error as Readonly<Record<string, unknown>>)[name] : undefined;

const primaryCodeOf = (error: unknown): number | undefined => {
  const code = field(error, 'errcode');
  return typeof code === 'number' ? code & PRIMARY_CODE_MASK : undefined;
};

/** Whether another connection holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  return primaryCodeOf(error) === SQLITE_BUSY;
}

/** Makes the error that callers of the store see; what is a problem already stays what it is. */
export function toStoreProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) {
    return error;
  }
  const primaryCode = primaryCodeOf(error);
  const isClosed = field(error, 'code') === 'ERR_INVALID_STATE';
  const isFileSystem = field(error, 'syscall') !== undefined;
  if (isClosed || isFileSystem || (primaryCode !== undefined && UNAVAILABLE_CODES.has(primaryCode))) {
    return new ProblemError('storeUnavailable', { cause: error });
  }
  return new ProblemError('internal', { cause: error });
}

/** Runs `work` and turns its failure into a problem. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreProblem(error);
  }
}
