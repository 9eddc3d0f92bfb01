/** nuget.exe on mono: 2.8.7, as Debian has it, and later ones. */
import { ClientFolder } from './client-folder.ts';
import type { ClientResult } from './client-folder.ts';
import { nugetExe } from './fetched-clients.ts';
import type { NugetExeVersion } from './fetched-clients.ts';

/** Version 2.8.7. Prints blank lines for ever without a terminal, so it gets one of 200 columns. */
export class NugetExe extends ClientFolder {
  constructor() {
    super({ TERM: 'xterm' });
  }

  async nuget(...args: readonly string[]): Promise<ClientResult> {
    const quoted = args.map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`).join(' ');
    const command = `stty cols 200 rows 50 -onlcr -echo; exec mono /usr/lib/nuget/NuGet.exe ${quoted} -NonInteractive`;
    const { code, output } = await this.run('script', ['-qec', command, '/dev/null']);

    return { code, output: output.replace(/\x1b(\[[0-9;?]*[A-Za-z]|[=>])|\r/g, '') };
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
    const result = await this.run('mono', command);
    // mono stalls in one of some hundred runs, after the server has answered.
    return result.code === null ? this.run('mono', command) : result;
  }
}
