/**
 * Clients that no system package brings: nuget.exe of several generations, which npm packages carry, and tools of the .NET SDK.
 *
 * A folder that `FEEDFLEET_CLIENTS` names is looked into first (`nuget-5.8.0.exe`, `paket`, `pwsh`); what is not there is fetched
 * once, through the machine's own npm and dotnet with their own settings, into a cache below `node_modules`.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

const cache = path.resolve(import.meta.dirname, '../../../node_modules/.cache/feedfleet-clients');
const FETCH_LIMIT_MS = 180_000;

/** The npm package that holds each version, and where in it. */
const NUGET_EXE = {
  '3.4.4': { spec: 'nuget@2.0.2', file: 'bin/nuget.exe' },
  '4.9.2': { spec: 'nuget-exe@4.9.2', file: 'nuget-4.9.2.exe' },
  '5.8.0': { spec: 'nuget-exe@5.8.0', file: 'nuget-5.8.0.exe' },
} as const;

const DOTNET_TOOLS = {
  paket: { id: 'paket', version: '12.0.0' },
  pwsh: { id: 'powershell', version: '7.6.9' },
} as const;

export type NugetExeVersion = keyof typeof NUGET_EXE;
export type DotnetToolName = keyof typeof DOTNET_TOOLS;

/** @returns undefined unless the folder of the user, or the cache, has it. */
function present(name: string): string | undefined {
  const folders = [process.env.FEEDFLEET_CLIENTS ?? '', cache].filter((folder) => folder !== '');
  return folders.map((folder) => path.join(folder, name)).find((file) => existsSync(file));
}

const succeeds = (command: string, args: readonly string[], cwd: string): boolean =>
  spawnSync(command, args, { cwd, stdio: 'ignore', timeout: FETCH_LIMIT_MS }).status === 0;

/** Fetches beside the cache and moves into it, so that nobody meets half a file. */
function fetched(name: string, fetch: (folder: string) => string | undefined): string | undefined {
  const found = present(name);
  if (found !== undefined) return found;
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(path.join(cache, '.fetch-'));
  try {
    const file = fetch(folder);
    if (file === undefined || !existsSync(file)) return undefined;
    if (!existsSync(path.join(cache, name))) renameSync(file, path.join(cache, name));
    return path.join(cache, name);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @returns the path of the program for mono; undefined when it cannot be had. */
export function nugetExe(version: NugetExeVersion): string | undefined {
  const { spec, file } = NUGET_EXE[version];
  return fetched(`nuget-${version}.exe`, (folder) => {
    if (!succeeds('npm', ['pack', '--silent', spec], folder)) return undefined;
    const [tarball = ''] = readdirSync(folder);
    return succeeds('tar', ['-xzf', tarball], folder) ? path.join(folder, 'package', file) : undefined;
  });
}

/** @returns the path of the command; undefined when it cannot be had. */
export function dotnetTool(name: DotnetToolName): string | undefined {
  const { id, version } = DOTNET_TOOLS[name];
  const found = present(name);
  if (found !== undefined && !found.startsWith(cache)) return found;
  const folder = fetched(`${id}-${version}`, (target) => {
    const tools = path.join(target, 'tools');
    const args = ['tool', 'install', id, '--version', version, '--tool-path', tools];
    return succeeds('dotnet', args, target) ? tools : undefined;
  });
  return folder === undefined ? undefined : path.join(folder, name);
}
