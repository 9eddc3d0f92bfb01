/** What is loaded into the processes of a fleet before their own code: by the environment alone, so that no product process knows of it. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

export type PreloadName = 'misbehaving-process' | 'unguarded-process';

const FOLDERS: Readonly<Record<PreloadName, string>> = {
  'misbehaving-process': 'faults',
  'unguarded-process': 'guards',
};

/** Whether this runs from the sources, and not from a deployable, whose files lie all in one folder. */
export const runsFromSources = (): boolean => import.meta.filename.endsWith('.ts');

function fileOf(name: PreloadName): string {
  if (!runsFromSources()) return path.join(import.meta.dirname, `${name}.js`);
  return path.join(import.meta.dirname, '..', FOLDERS[name], `${name}.ts`);
}

/** Environment variables of the fleet. Source: Node.js, "CLI options", `NODE_OPTIONS`, `--import`. */
export function preloadedBy(names: readonly PreloadName[]): Readonly<Record<string, string>> {
  const flags = names.map((name) => `--import=${pathToFileURL(fileOf(name)).href}`);
  return flags.length === 0 ? {} : { NODE_OPTIONS: flags.join(' ') };
}
