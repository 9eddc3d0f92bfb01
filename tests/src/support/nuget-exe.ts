/** nuget.exe on mono: 2.8.7, as Debian has it, and later ones. */
import { ClientFolder } from './client-folder.ts';
import type { ClientResult } from './client-folder.ts';
import { nugetExe } from './fetched-clients.ts';
import type { NugetExeVersion } from './fetched-clients.ts';

const lastWords = /Your package was pushed|was (?:deleted|unlisted) successfully/;

/**
 * mono's threads abort in one of some thousand runs (`mono-threads.c: previous_token == NULL`), mostly while it exits. What the client
 * did is judged by what it said before; when that was not its last word, it runs again.
 */
async function despiteMono(run: () => Promise<ClientResult>): Promise<ClientResult> {
  const first = await run();
  const [said = '', ...crash] = first.output.split(/\* Assertion at mono-threads\.c/);
  if (first.code === 0 || crash.length === 0) return first;
  return lastWords.test(said) ? { code: 0, output: said } : run();
}

/**
 * Version 2.8.7. Prints blank lines for ever without a terminal, so it gets one of 200 columns. mono asks the terminal where the cursor is, and waits
 * a second for the answer: it is there already, and the terminal may show it.
 */
export class NugetExe extends ClientFolder {
  constructor() {
    super({ TERM: 'xterm' });
  }

  async nuget(...args: readonly string[]): Promise<ClientResult> {
    const quoted = args.map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(' ');
    const command = `stty cols 200 rows 50 -onlcr -echo; exec mono /usr/lib/nuget/NuGet.exe ${quoted} -NonInteractive`;
    const inTerminal = `printf '\\033[1;1R' | script -qec "$1" /dev/null`;
    const { code, output } = await despiteMono(() => this.run('bash', ['-c', inTerminal, 'bash', command]));

    return { code, output: output.replace(/\x1b(\[[0-9;?]*[A-Za-z]|[=>])|\^\[\[1;1R|\r/g, '') };
  }
}

export class ModernNuget extends ClientFolder {
  readonly #exe: string;

  constructor(version: NugetExeVersion) {
    super();
    this.#exe = nugetExe(version) ?? '';
  }

  async nuget(...args: readonly string[]): Promise<ClientResult> {
    const command = [this.#exe, ...args, '-NonInteractive'];
    const result = await despiteMono(() => this.run('mono', command));
    // mono stalls in one of some hundred runs, after the server has answered.
    return result.code === null ? this.run('mono', command) : result;
  }
}
