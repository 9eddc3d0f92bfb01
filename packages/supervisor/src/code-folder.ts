/**
 * Where the processes keep their compiled code, so that a start takes less time and memory.
 *
 * In a clone it is what `infra/bootstrap.mjs` gives the supervisor, and one for all fleets, since all run the same sources. Node
 * does without where it cannot write.
 *
 * Source: Node.js, "Modules: node:module API", "Module compile cache".
 */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/**
 * @param ownEntry - the supervisor's `main.ts` or `main.js`.
 * @param dataFolder - holds it for deployables, which have no `node_modules`.
 */
export function codeFolderOf(ownEntry: string, dataFolder: string): string {
  const modules = path.resolve(path.dirname(ownEntry), '../../..', 'node_modules');
  const isShared = ownEntry.endsWith('.ts') && isWritable(modules);
  return isShared ? path.join(modules, '.cache', 'feedfleet') : path.join(dataFolder, 'cache', 'code');
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
