/**
 * Exit codes of the command: a script branches on these and never has to read a message.
 *
 * They follow what a caller does next: mend the call (2), get rights (3), correct a name (4), choose another name or
 * version (5), wait and try again (6).
 */
import type { Failure } from './failure.ts';

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notAuthorized: 3,
  notFound: 4,
  conflict: 5,
  unreachable: 6,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** What each code means, in the words that `--help` prints. */
export const exitCodeMeanings: Readonly<Record<ExitCode, string>> = {
  0: 'done',
  1: 'the operation failed',
  2: 'the command line or a setting is wrong',
  3: 'not authorized: no key, a wrong one, or one that does not allow this',
  4: 'not found',
  5: 'conflict: the name or the version exists already',
  6: 'the fleet cannot be reached, or is too busy; try again later',
};

const byCode: Readonly<Record<string, ExitCode>> = {
  FF_USAGE: exitCodes.usage,
  FF_INVALID_REQUEST: exitCodes.usage,
  FF_INVALID_SETTINGS: exitCodes.usage,
  FF_NOT_A_REGISTRY: exitCodes.unreachable,
  FF_NO_FLEET: exitCodes.unreachable,
  FF_UNREACHABLE: exitCodes.unreachable,
};

const byStatus: Readonly<Record<number, ExitCode>> = {
  401: exitCodes.notAuthorized,
  403: exitCodes.notAuthorized,
  404: exitCodes.notFound,
  409: exitCodes.conflict,
  429: exitCodes.unreachable,
  502: exitCodes.unreachable,
  503: exitCodes.unreachable,
  504: exitCodes.unreachable,
};

/** @returns the exit code for a failure; 1 when nothing more special fits. */
export function exitCodeOf(failure: Pick<Failure, 'code' | 'status'>): ExitCode {
  return byCode[failure.code] ?? byStatus[failure.status] ?? exitCodes.failed;
}
