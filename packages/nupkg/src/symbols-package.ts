/**
 * Packages of debugging symbols, told by what is in them: clients of before 2018 push `X.symbols.nupkg` under another name.
 *
 * Source: NuGet documentation, "Creating symbol packages (.symbols.nupkg)": program databases beside their assemblies, and
 * the sources below `src`. Ordinary packages have one of the two at most.
 */

import type { PackageType } from './package-metadata.ts';

const PROGRAM_DATABASE = '.pdb';
const ASSEMBLIES = ['.dll', '.exe', '.winmd'];

/** @param names - keys of all entries, in lower case. */
export function holdsSymbols(names: ReadonlySet<string>): boolean {
  let hasSources = false;
  let hasSymbols = false;
  for (const name of names) {
    hasSources ||= name.startsWith('src/');
    hasSymbols ||= name.endsWith(PROGRAM_DATABASE) && isBesideAssembly(name, names);
    if (hasSources && hasSymbols) return true;
  }
  return false;
}

function isBesideAssembly(name: string, names: ReadonlySet<string>): boolean {
  const stem = name.slice(0, -PROGRAM_DATABASE.length);
  return ASSEMBLIES.some((extension) => names.has(`${stem}${extension}`));
}

/** Whether a nuspec says so. Source: NuGet documentation, "Creating symbol packages (.snupkg)", "Symbol package structure". */
export function isSymbolsType(types: readonly PackageType[]): boolean {
  return types.some(({ name }) => name.toLowerCase() === 'symbolspackage');
}
