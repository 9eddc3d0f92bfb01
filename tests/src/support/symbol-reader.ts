/** PerfView's symbol reader, out of the library that it is published in: finds a PDB on a symbol server as a debugger does. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const PROGRAM = `using Microsoft.Diagnostics.Symbols;
var reader = new SymbolReader(TextWriter.Null, $"SRV*{args[0]}*{args[1]}") { SecurityCheck = _ => true };
var found = reader.FindSymbolFilePath(args[2], Guid.Parse(args[3]), -1);
if (found == null) return 1;
Console.WriteLine($"{reader.OpenSymbolFile(found).GetType().Name} {found}");
return 0;
`;

/**
 * Builds the reader in a folder, with the machine's own sources.
 *
 * @returns its assembly.
 * @throws Error when it cannot be had.
 */
export function buildSymbolReader(folder: string, targetFramework: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, 'reader.csproj'),
    `<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><TargetFramework>${targetFramework}</TargetFramework>` +
      '<OutputType>Exe</OutputType><ImplicitUsings>enable</ImplicitUsings></PropertyGroup><ItemGroup>' +
      '<PackageReference Include="Microsoft.Diagnostics.Tracing.TraceEvent" Version="4.0.0"/></ItemGroup></Project>',
  );
  writeFileSync(path.join(folder, 'Program.cs'), PROGRAM);
  const { status, stdout } = spawnSync('dotnet', ['build', '-o', 'built', '--nologo'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, UseSharedCompilation: 'false', MSBUILDDISABLENODEREUSE: '1' },
  });
  if (status !== 0) throw new Error(`the symbol reader cannot be built:\n${stdout}`);
  return path.join(folder, 'built/reader.dll');
}
