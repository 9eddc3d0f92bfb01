/** The settings file: one JSON object. A file that was named and cannot be used is an error, never ignored. */
import { readFileSync } from 'node:fs';
import { ProblemError } from '@feedfleet/problems';
import { findJsonFault } from './json-fault.ts';

/**
 * @param file - path of the file; at most 1 MB is a sane size, and more is refused.
 * @throws {ProblemError} `FF_INVALID_SETTINGS` when it is missing, unreadable or not one JSON object.
 */
export function readSettingsFile(file: string): Readonly<Record<string, unknown>> {
  const text = readText(file);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const { line, column } = findJsonFault(text);
    throw invalid(`${file}: expected JSON, and it breaks off at line ${line}, column ${column}`, cause);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(
      `${file}: expected one JSON object with settings, got ${Array.isArray(value) ? 'a list' : 'a value'}`,
    );
  }
  return value as Readonly<Record<string, unknown>>;
}

const MAX_FILE_BYTES = 1_048_576;

function readText(file: string): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    const why = missing
      ? 'it does not exist'
      : `it cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'error'})`;
    throw invalid(`the settings file ${file} was named, but ${why}`, cause);
  }
  if (bytes.length > MAX_FILE_BYTES)
    throw invalid(`${file}: expected at most ${MAX_FILE_BYTES} bytes, got ${bytes.length}`);
  return bytes.toString('utf8').replace(/^\ufeff/, '');
}

function invalid(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('invalidSettings', { detail, cause });
}
