/** The folders of a fleet. Secrets and keys' hashes lie in them, so nobody but their owner may look inside. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { ProblemError } from '@feedfleet/problems';

export interface DataFolder {
  readonly root: string;
  readonly logs: string;
  readonly secrets: string;
  readonly snapshots: string;
}

/** @throws {ProblemError} `FF_FOLDER_UNUSABLE` naming the folder and what the system said. */
export function openDataFolder(root: string): DataFolder {
  const folder: DataFolder = {
    root,
    logs: path.join(root, 'logs'),
    secrets: path.join(root, 'secrets'),
    snapshots: path.join(root, 'snapshots'),
  };
  const kept = [path.join(root, 'registry'), path.join(root, 'store')];
  for (const each of [root, folder.logs, folder.secrets, folder.snapshots, ...kept]) makeUsable(each);
  return folder;
}

function makeUsable(folder: string): void {
  try {
    makeFolder(folder);
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const { code = 'error' } = cause as NodeJS.ErrnoException;
    throw new ProblemError('folderUnusable', { detail: `${folder} ${whyOf(code)}`, cause });
  }
}

/** With its parents. Not by the `recursive` of Node, which tries for ever where a file system makes no folders, as in `/proc`. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && statSync(folder).isDirectory()) return;
    const parent = path.dirname(folder);
    if (code !== 'ENOENT' || existsSync(parent)) throw error;
    makeFolder(parent);
    mkdirSync(folder, { mode: 0o700 });
  }
}

function whyOf(code: string): string {
  switch (code) {
    case 'EACCES':
    case 'EPERM':
      return 'may not be written by this user';
    case 'EROFS':
      return 'lies on a read-only file system';
    case 'ENOENT':
      return 'lies where no folders can be made';
    case 'ENOSPC':
      return 'lies on a full disk';
    case 'ENOTDIR':
    case 'EEXIST':
      return 'is not a folder, or lies below something that is not one';
    default:
      return `cannot be made or written (${code})`;
  }
}
