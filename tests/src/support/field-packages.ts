/** Real packages with dependencies, fetched once by the machine's `dotnet` with its user's own settings. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll } from '@jest/globals';

export interface FieldPackages {
  /** Absolute paths that end in `id/version/file.nupkg`. */
  readonly files: readonly string[];
  /** Version by id, as a project references them. */
  readonly references: Readonly<Record<string, string>>;
}

const references = { 'Newtonsoft.Json': '13.0.1', xunit: '2.*' };
let fetched: FieldPackages | undefined;

/** @throws Error when they cannot be had. */
export function fieldPackages(): FieldPackages {
  fetched ??= fetchPackages();
  return fetched;
}

/** Called while tests are collected; removes the files after the last one of the test file. */
function fetchPackages(): FieldPackages {
  const folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-field-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const items = Object.entries(references)
    .map(([id, version]) => `<PackageReference Include="${id}" Version="${version}"/>`)
    .join('');
  const major = Number.parseInt(spawnSync('dotnet', ['--version'], { encoding: 'utf8' }).stdout, 10);
  writeFileSync(
    path.join(folder, 'field.csproj'),
    `<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>net${major}.0</TargetFramework></PropertyGroup><ItemGroup>${items}</ItemGroup></Project>`,
  );
  const { status, stdout } = spawnSync('dotnet', ['restore', '--packages', 'packages'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) throw new Error(`the machine's dotnet cannot restore from its own sources:\n${stdout}`);
  const files = readdirSync(path.join(folder, 'packages'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.nupkg'))
    .map((file) => path.join(folder, 'packages', file));
  return { files, references };
}
