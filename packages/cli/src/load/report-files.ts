/** Reports of runs on disk: JSON for scripts, HTML for people. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import type { RunDocument } from '@feedfleet/load';
import { ProblemError } from '@feedfleet/problems';
import { z } from 'zod';

const MAX_CHARACTERS = 64 * 1024 ** 2;

/** @throws {ProblemError} `FF_USAGE` for a file that cannot be read, or is no report. */
export async function readRun(file: string, folder: string): Promise<RunDocument> {
  const { runDocumentSchema } = await import('@feedfleet/load');
  const text = await readFile(path.resolve(folder, file), 'utf8').catch((error: unknown) => {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ProblemError('usage', { detail: `${file}: it cannot be read: ${why}`, cause: error });
  });
  if (text.length > MAX_CHARACTERS) throw new ProblemError('usage', { detail: `${file}: too large for a report` });
  const read = runDocumentSchema.safeParse(parsed(text));
  if (read.success) return read.data;
  const why = z.prettifyError(read.error).split('\n').slice(0, 2).join(' ');
  throw new ProblemError('usage', { detail: `${file}: expected the JSON of a run of load (reportVersion 1): ${why}` });
}

/** @throws {ProblemError} `FF_USAGE` for a place where nothing can be written. */
export async function writeReport(file: string, text: string, folder: string): Promise<string> {
  const place = path.resolve(folder, file);
  await writeFile(place, text).catch((error: unknown) => {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ProblemError('usage', { detail: `${file}: it cannot be written: ${why}`, cause: error });
  });
  return file;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
