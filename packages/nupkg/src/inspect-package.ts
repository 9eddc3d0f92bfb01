/** From a file that somebody sent to what it says it is, or to the reason why it is not taken. */
import { entryKey } from './entry-name.ts';
import { parseNuspec } from './nuspec.ts';
import type { PackageLimits } from './package-limits.ts';
import type { PackageMetadata } from './package-metadata.ts';
import { refusal } from './refusal.ts';
import { supportedFrameworks } from './supported-frameworks.ts';
import { holdsSymbols, isSymbolsType } from './symbols-package.ts';
import { withZipArchive } from './zip-archive.ts';
import { checkZipArchive } from './zip-checks.ts';

export interface InspectedPackage {
  readonly metadata: PackageMetadata;
  /** As it lies in the package. */
  readonly nuspec: Buffer;
  /** `symbols` for packages of debugging symbols: `.snupkg`, by its package type, and `.symbols.nupkg`, by its content. */
  readonly kind: 'package' | 'symbols';
}

/**
 * Checks the zip file at `path` and reads its nuspec. No other content is kept.
 *
 * @throws ProblemError `FF_INVALID_PACKAGE` with a reason that says in one short sentence what is wrong; or the signal's reason.
 */
export function inspectPackage(path: string, limits: PackageLimits, signal: AbortSignal): Promise<InspectedPackage> {
  return withZipArchive(path, async (archive) => {
    const checked = await checkZipArchive(archive, limits, signal);
    const nuspec = await archive.read(checked.nuspec, limits.maxNuspecBytes);
    if (nuspec === undefined) throw refusal(`The nuspec is larger than ${limits.maxNuspecBytes} bytes`);
    const metadata = withFilesOf(checked.names, parseNuspec(nuspec));
    const isSymbols = isSymbolsType(metadata.packageTypes);
    return { metadata, nuspec, kind: isSymbols || holdsSymbols(checked.names) ? 'symbols' : 'package' };
  });
}

/**
 * Files that the nuspec names but the package does not hold are not told of: links to them would lead to nothing. Frameworks are those
 * that the files are for, too.
 */
function withFilesOf(names: ReadonlySet<string>, metadata: PackageMetadata): PackageMetadata {
  const held = (path: string | null): string | null => (path !== null && names.has(entryKey(path)) ? path : null);
  const { readmeFile, iconFile, licenseFile, supportedFrameworks: ofAssemblies = [], ...rest } = metadata;
  const frameworks = supportedFrameworks(names, ofAssemblies);
  return {
    ...rest,
    ...{ readmeFile: held(readmeFile), iconFile: held(iconFile), licenseFile: held(licenseFile) },
    ...(frameworks.length === 0 ? {} : { supportedFrameworks: frameworks }),
  };
}
