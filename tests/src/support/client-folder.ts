/** A folder and a home directory of its own for a real client, so that no cache or setting of the user takes part. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

export interface ClientResult {
  readonly code: number | null;
  readonly output: string;
}

export interface Source {
  readonly url: string;
  readonly password?: string;
}

const CLIENT_LIMIT_MS = 120_000;

export class ClientFolder {
  readonly folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-client-'));
  readonly #environment: Readonly<Record<string, string>>;

  constructor(environment: Readonly<Record<string, string>> = {}) {
    this.#environment = environment;
    for (const name of ['home', 'temporary']) mkdirSync(this.path(name));
  }

  path(...names: readonly string[]): string {
    return path.join(this.folder, ...names);
  }

  write(name: string, content: string | Buffer): string {
    const file = this.path(name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** Writes the folder's nuget.config and the home's, for clients that read only that. */
  configure(sources: Readonly<Record<string, Source>>): void {
    const entries = Object.entries(sources);
    const credentials = entries.flatMap(([name, { password }]) =>
      password === undefined
        ? []
        : [`<${name}><add key="Username" value="any"/><add key="ClearTextPassword" value="${password}"/></${name}>`],
    );
    const xml = [
      '<?xml version="1.0" encoding="utf-8"?><configuration><packageSources><clear/>',
      ...entries.map(([name, { url }]) => `<add key="${name}" value="${url}" allowInsecureConnections="true"/>`),
      '</packageSources>',
      credentials.length > 0 ? `<packageSourceCredentials>${credentials.join('')}</packageSourceCredentials>` : '',
      '</configuration>',
    ].join('');
    this.write('nuget.config', xml);
    for (const home of ['home/.config/NuGet/NuGet.Config', 'home/.nuget/NuGet/NuGet.Config']) this.write(home, xml);
  }

  /** Runs a command; a client that hangs is ended after two minutes and gives the code null. */
  run(command: string, args: readonly string[], cwd = '.'): Promise<ClientResult> {
    return new Promise((resolve, reject) => {
      const child = spawn(command, args, {
        cwd: this.path(cwd),
        stdio: ['ignore', 'pipe', 'pipe'],
        detached: true,
        env: {
          PATH: process.env.PATH,
          HOME: this.path('home'),
          TMPDIR: this.path('temporary'),
          LANG: 'C.UTF-8',
          DOTNET_NOLOGO: '1',
          DOTNET_CLI_TELEMETRY_OPTOUT: '1',
          DOTNET_SKIP_FIRST_TIME_EXPERIENCE: '1',
          DOTNET_GENERATE_ASPNET_CERTIFICATE: 'false',
          MSBUILDDISABLENODEREUSE: '1',
          UseSharedCompilation: 'false',
          ...this.#environment,
        },
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
      const timer = setTimeout(() => {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      }, CLIENT_LIMIT_MS);
      child.on('error', reject);
      child.on('close', (code) => {
        clearTimeout(timer);
        resolve({ code, output });
      });
    });
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
