/** Single files of a package that is stored already: the nuspec, the readme, the icon, the license. */
import { entryKey } from './entry-name.ts';
import { DEFAULT_PACKAGE_LIMITS } from './package-limits.ts';
import { refusal } from './refusal.ts';
import { withZipArchive } from './zip-archive.ts';
import { findNuspec } from './zip-checks.ts';

/**
 * The content of one entry, by its path inside the package, without case.
 *
 * @returns undefined when there is no such entry, or when it unpacks to more than `maxBytes`.
 * @throws ProblemError `FF_INVALID_PACKAGE` when the entry is damaged.
 */
export function readPackageEntry(path: string, entryName: string, maxBytes: number): Promise<Buffer | undefined> {
  return withZipArchive(path, async (archive) => {
    const key = entryKey(entryName.replaceAll('\\', '/'));
    for await (const entry of archive.entries()) {
      if (entryKey(entry.name) === key) return archive.read(entry, maxBytes);
    }
    return undefined;
  });
}

/**
 * The nuspec as it lies in the package.
 *
 * @throws ProblemError `FF_INVALID_PACKAGE` when there is none, or when it is damaged.
 */
export function readNuspec(path: string): Promise<Buffer> {
  return withZipArchive(path, async (archive) => {
    const nuspec = await archive.read(await findNuspec(archive), DEFAULT_PACKAGE_LIMITS.maxNuspecBytes);
    if (nuspec === undefined) throw refusal('The nuspec is too large');
    return nuspec;
  });
}
