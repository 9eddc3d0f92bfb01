/** The bearer token of this machine's own processes and command line towards the registry. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ProblemError } from '@feedfleet/problems';

const TOKEN_FILE = 'operator.token';
/** Of the form of an API key, so that what redacts keys redacts it too. */
const TOKEN = /^ff_[A-Za-z0-9_-]{43}$/;

/**
 * Reads the token, or makes it on the first start, readable by its owner only.
 *
 * @throws {ProblemError} `FF_CORRUPT` when the file holds something else, `FF_FOLDER_UNUSABLE` when it cannot be read.
 */
export function operatorToken(secretsFolder: string): string {
  const file = path.join(secretsFolder, TOKEN_FILE);
  try {
    writeFileSync(file, `ff_${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unusable(file, error);
  }
  const token = read(file).trim();
  if (!TOKEN.test(token)) {
    throw new ProblemError('corrupt', { detail: `${file} holds no token; without the file, the next start makes one` });
  }
  return token;
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
