/** A folder that is on a disk of its own with no room left: a real one, where this user may mount. Linux. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';

const DISK_BYTES = 65_536;
const PIECE = Buffer.alloc(4_096);

const runs = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore' }).status === 0;

/**
 * Puts a full disk in the place of a folder.
 *
 * @returns what takes it away again, once; undefined where this user may not mount.
 */
export function fillDisk(folder: string): (() => void) | undefined {
  mkdirSync(folder, { recursive: true });
  if (!runs('mount', '-t', 'tmpfs', '-o', `size=${DISK_BYTES},mode=700`, 'tmpfs', folder)) return undefined;
  let isMounted = true;
  const remove = (): void => {
    if (isMounted && !runs('umount', folder) && !runs('umount', '-l', folder))
      throw new Error(`cannot unmount ${folder}`);
    isMounted = false;
  };
  try {
    fill(path.join(folder, 'ballast'));
  } catch (error) {
    remove();
    throw error;
  }
  return remove;
}

function fill(file: string): void {
  const handle = openSync(file, 'w');
  try {
    for (;;) writeSync(handle, PIECE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(handle);
  }
}
