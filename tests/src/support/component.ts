/**
 * Components that a test needs beyond Node and npm. A missing one skips the test, saying what it lacked; under
 * `FEEDFLEET_REQUIRE=all` (or a comma list of names) it fails instead.
 */
import { spawnSync } from 'node:child_process';

import { describe } from '@jest/globals';

import { dotnetTool, nugetExe } from './fetched-clients.ts';
import { fieldPackages } from './field-packages.ts';
import { ownRegistry } from './own-registry.ts';

interface Component {
  readonly title: string;
  readonly find: () => boolean;
  /** Skipped where it is missing, even when everything is required. */
  readonly optional?: boolean;
}

const answers = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore', timeout: 60_000 }).status === 0;

const components = {
  dotnet: { title: 'the .NET SDK 9 or newer (dotnet on PATH)', find: () => majorOfDotnet() >= 9 },
  chromium: { title: 'Chromium (chromium on PATH)', find: () => answers('sh', '-c', 'command -v chromium') },
  nginx: {
    title: 'nginx (with its TLS module) and openssl',
    find: () => answers('sh', '-c', 'nginx -V 2>&1 | grep -q http_ssl_module && command -v openssl'),
  },
  nuget: {
    title: "nuget.exe 2.8.7 on mono (Debian's package nuget) and script(1)",
    find: () => answers('sh', '-c', 'test -f /usr/lib/nuget/NuGet.exe && command -v mono script'),
  },
  modernNuget: {
    title:
      'mono, and nuget.exe 3.4.4, 4.9.2 and 5.8.0 (from npm packages, or in the folder that FEEDFLEET_CLIENTS names)',
    find: () =>
      answers('sh', '-c', 'command -v mono') &&
      (['3.4.4', '4.9.2', '5.8.0'] as const).every((version) => nugetExe(version) !== undefined),
  },
  paket: {
    title: 'Paket (a tool of the .NET SDK, or in the folder that FEEDFLEET_CLIENTS names)',
    find: () => answers(dotnetTool('paket') ?? 'false', '--version'),
    // It comes from a NuGet registry.
    optional: true,
  },
  powershell: {
    title: 'PowerShell 7 (a tool of the .NET SDK, or in the folder that FEEDFLEET_CLIENTS names)',
    find: () => answers(dotnetTool('pwsh') ?? 'false', '--version'),
    optional: true,
  },
  promtool: { title: "promtool (Debian's package prometheus)", find: () => answers('promtool', '--version') },
  nugetRegistry: {
    title: "a NuGet registry that the machine's own dotnet can restore from",
    find: () => canRestore(),
    // Nothing that a set-up can install; where there is none, there is none.
    optional: true,
  },
  v3Registry: {
    title: "a v3 registry in the machine's own NuGet configuration that answers without a credential",
    find: () => ownRegistry() !== undefined && canRestore(),
    optional: true,
  },
} satisfies Record<string, Component>;

export type ComponentName = keyof typeof components;

function majorOfDotnet(): number {
  const { stdout } = spawnSync('dotnet', ['--version'], { encoding: 'utf8', timeout: 60_000 });
  return Number.parseInt(stdout, 10) || 0;
}

function canRestore(): boolean {
  try {
    return fieldPackages().files.length > 0;
  } catch {
    return false;
  }
}

function isRequired(name: ComponentName): boolean {
  const component: Component = components[name];
  const required = (process.env.FEEDFLEET_REQUIRE ?? '').split(',');
  return required.includes(name) || (required.includes('all') && component.optional !== true);
}

/**
 * A `describe` that runs only where every named component is present.
 *
 * @throws Error when `FEEDFLEET_REQUIRE` names one that is missing: the file then fails as a whole.
 */
export function describeWith(names: readonly ComponentName[], title: string, body: () => void): void {
  const missing = names.filter((name) => !components[name].find());
  const reason = missing.map((name) => components[name].title).join(', ');
  if (missing.some(isRequired)) throw new Error(`FEEDFLEET_REQUIRE asks for what is missing: ${reason}`);
  const run = missing.length === 0 ? describe : describe.skip;
  run(missing.length === 0 ? title : `${title} (skipped, missing: ${reason})`, () => {
    body();
  });
}
