/** How the `feedfleet` command is called for this fleet, as text that works when it is pasted into another shell. */
import path from 'node:path';

export interface CliPlace {
  /** The supervisor's `main.ts` or `main.js`. */
  readonly ownEntry: string;
  /** An absolute path. */
  readonly dataFolder: string;
  readonly platform: NodeJS.Platform;
}

/**
 * In a clone by npx, to be run in its folder; in a build by the folder beside the supervisor's own, since npx would ask the npm
 * registry there. The settings of this start are not in another shell, so the data folder is named.
 *
 * @param args - what the command is to do, in words that no shell changes.
 */
export function cliCommand({ ownEntry, dataFolder, platform }: CliPlace, args: string): string {
  const folder = path.dirname(ownEntry);
  const quoted = (file: string) => quote(file, platform);
  if (!ownEntry.endsWith('.ts')) {
    const main = path.resolve(folder, '..', 'cli', 'main.js');
    return `node ${quoted(main)} ${args} --data ${quoted(dataFolder)}`;
  }
  const usual = path.resolve(folder, '../../..', 'data');
  return `npx feedfleet ${args}${dataFolder === usual ? '' : ` --data ${quoted(dataFolder)}`}`;
}

/** Source: POSIX, "Shell Command Language", section 2.2.2; on Windows no path can hold a double quote. */
function quote(file: string, platform: NodeJS.Platform): string {
  if (/^[\w@%+=:,./-]+$/.test(file)) return file;
  return platform === 'win32' ? `"${file}"` : `'${file.replaceAll("'", String.raw`'\''`)}'`;
}
