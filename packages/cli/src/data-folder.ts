/** The data folder of a fleet on this machine, found where its supervisor finds it: option, environment, settings file. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import { z } from 'zod';

import type { CliParts } from './parts.ts';

const DEFAULT_FOLDER = 'data';
const USUAL_FILE = 'feedfleet.json';

/** The rest of the settings is the supervisor's to check. */
const settingsSchema = z.looseObject({ data: z.string().min(1).optional() });

async function dataOfSettingsFile(named: string | undefined, folder: string): Promise<string | undefined> {
  const file = path.resolve(folder, named ?? USUAL_FILE);
  try {
    const text = await readFile(file, 'utf8');
    return settingsSchema.parse(JSON.parse(text.replace(/^\ufeff/, ''))).data;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && named === undefined) return undefined;
    const why = code ?? 'expected one JSON object, with a path as data where it has one';
    throw new ProblemError('invalidSettings', { detail: `${file}: ${why}`, cause: error });
  }
}

/**
 * @returns an absolute path; a relative one in the settings file starts where the command does, as for the supervisor.
 * @throws {ProblemError} `FF_INVALID_SETTINGS` for a settings file that is broken, or named and absent.
 */
export async function dataFolderOf(
  option: string | undefined,
  { environment, workingFolder }: Pick<CliParts, 'environment' | 'workingFolder'>,
): Promise<string> {
  const { FEEDFLEET_DATA: data, FEEDFLEET_SETTINGS_FILE: file } = environment;
  const given = option ?? (data === '' ? undefined : data);
  if (given !== undefined) return path.resolve(workingFolder, given);
  const ofFile = await dataOfSettingsFile(file === '' ? undefined : file, workingFolder);
  return path.resolve(workingFolder, ofFile ?? DEFAULT_FOLDER);
}
