/** Secrets that a fleet makes for itself on its first start, and keeps in files that only its owner reads. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ProblemError } from '@feedfleet/problems';

/** Of the form of an API key, so that what redacts keys redacts it too. */
const FORM = /^ff_[A-Za-z0-9_-]{43}$/;

/**
 * The bearer token of this machine's own processes and command line towards the registry.
 *
 * @throws {ProblemError} `FF_CORRUPT` when the file holds something else, `FF_FOLDER_UNUSABLE` when it cannot be read.
 */
export function operatorToken(secretsFolder: string): string {
  return kept(path.join(secretsFolder, 'operator.token'), 'without the file, the next start makes one');
}

/**
 * What the processes of the fleet know each other by, and what credentials of package sources are sealed with. It has to be kept with
 * the data: without it the credentials have to be given again.
 *
 * @throws {ProblemError} as `operatorToken`.
 */
export function fleetSecret(secretsFolder: string): string {
  const loss =
    'restore it; without the file, the next start makes another, and credentials of package sources have to be given again';
  return kept(path.join(secretsFolder, 'fleet.secret'), loss);
}

/** For a machine that becomes a part of a fleet elsewhere. @throws {ProblemError} `FF_INVALID_SETTINGS` when it has not its secrets. */
export function assertSecrets(secretsFolder: string): void {
  const missing = ['operator.token', 'fleet.secret'].filter((name) => !existsSync(path.join(secretsFolder, name)));
  if (missing.length === 0) return;
  const detail = `joinRegistry: expected ${missing.join(' and ')} of that fleet in ${secretsFolder}; copy them from its data folder`;
  throw new ProblemError('invalidSettings', { detail });
}

/** Reads a secret, or makes it, readable by its owner only. */
function kept(file: string, solution: string): string {
  try {
    writeFileSync(file, `ff_${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(file, error);
  }
  const secret = read(file).trim();
  if (!FORM.test(secret)) throw new ProblemError('corrupt', { detail: `${file} holds no secret; ${solution}` });
  return secret;
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw unusable(file, cause);
  }
}

function unusable(file: string, cause: unknown): ProblemError {
  const { code = 'error' } = cause as NodeJS.ErrnoException;
  return new ProblemError('folderUnusable', { detail: `${file} cannot be read or written (${code})`, cause });
}
