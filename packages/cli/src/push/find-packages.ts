/** From what was typed (files, folders, globs) to the packages to push, in a stable order. */
import { stat } from 'node:fs/promises';
import path from 'node:path';

import { ProblemError } from '@feedfleet/problems';
import { glob } from 'tinyglobby';

export interface PackageFile {
  /** Absolute. */
  readonly path: string;
  /** As shown: relative to the working folder where it lies inside. */
  readonly name: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Most files in one push; past it, push in parts. */
const MAX_FILES = 100_000;

/** Symbol packages are packages of another kind; a feed would take them for a second copy of the same version. */
const NOT_SYMBOLS = '!**/*.symbols.nupkg';

async function statOf(file: string): Promise<{ readonly kind: 'file' | 'folder' | 'absent' }> {
  try {
    return { kind: (await stat(file)).isDirectory() ? 'folder' : 'file' };
  } catch {
    return { kind: 'absent' };
  }
}

async function expand(given: string, workingFolder: string): Promise<readonly string[]> {
  const absolute = path.resolve(workingFolder, given);
  const { kind } = await statOf(absolute);
  switch (kind) {
    case 'file':
      return [absolute];
    case 'folder':
      return await glob(['**/*.nupkg', NOT_SYMBOLS], { cwd: absolute, absolute: true, caseSensitiveMatch: false });
    case 'absent':
      return await glob([given, NOT_SYMBOLS], { cwd: workingFolder, absolute: true, caseSensitiveMatch: false });
  }
}

function nameOf(file: string, workingFolder: string): string {
  const relative = path.relative(workingFolder, file);
  return relative.startsWith('..') || path.isAbsolute(relative) ? file : relative;
}

/**
 * @param given - files, folders (all `.nupkg` below, without `.symbols.nupkg`) and globs.
 * @returns each file once, sorted by name.
 * @throws {ProblemError} `FF_USAGE` when something that was typed leads to no file.
 */
export async function findPackages(given: readonly string[], workingFolder: string): Promise<readonly PackageFile[]> {
  const found = new Set<string>();
  const empty: string[] = [];
  for (const each of given) {
    const files = await expand(each, workingFolder);
    if (files.length === 0) empty.push(each);
    for (const file of files) found.add(path.resolve(file));
  }
  if (empty.length > 0) {
    throw new ProblemError('usage', { detail: `no package found at ${empty.map((each) => `"${each}"`).join(', ')}` });
  }
  if (found.size > MAX_FILES) {
    throw new ProblemError('usage', { detail: `${found.size} files at once; at most ${MAX_FILES}` });
  }
  const sorted = [...found].sort((a, b) => (a < b ? -1 : 1));
  const packages: PackageFile[] = [];
  for (const file of sorted) {
    const { size, mtimeMs } = await stat(file);
    packages.push({ path: file, name: nameOf(file, workingFolder), sizeBytes: size, modifiedMs: mtimeMs });
  }
  return packages;
}
