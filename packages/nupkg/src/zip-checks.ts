/**
 * What a zip file must be before anybody is let unpack it: safe names, no bombs, one nuspec at the root.
 *
 * Source of the bounds on names and bombs: NuGet documentation, "Package validation"; D. Fifield, "A better zip bomb", USENIX
 * WOOT 2019 (entries that overlap).
 */
import { entryKey, entryNameFault } from './entry-name.ts';
import type { PackageLimits } from './package-limits.ts';
import { quoted, refusal } from './refusal.ts';
import type { ZipArchive, ZipEntry } from './zip-archive.ts';

export interface CheckedArchive {
  readonly nuspec: ZipEntry;
  /** Of all entries, by `entryKey`. */
  readonly names: ReadonlySet<string>;
}

/**
 * Looks at every entry, and unpacks each once to see that it is what it declares: others trust those sizes.
 *
 * @throws ProblemError `FF_INVALID_PACKAGE`, or the signal's reason.
 */
export async function checkZipArchive(
  archive: ZipArchive,
  limits: PackageLimits,
  signal: AbortSignal,
): Promise<CheckedArchive> {
  if (archive.entryCount > limits.maxEntries) {
    throw refusal(`The package has ${archive.entryCount} entries; at most ${limits.maxEntries} are allowed`);
  }
  const names = new Set<string>();
  const sizes = new SizeCheck(archive.sizeBytes, limits);
  const nuspecs: ZipEntry[] = [];
  for await (const entry of archive.entries()) {
    checkEntry(entry, names);
    checkTime(entry, limits);
    sizes.add(entry);
    await archive.verify(entry, signal);
    if (isRootNuspec(entry.name)) nuspecs.push(entry);
  }
  return { nuspec: onlyNuspec(nuspecs), names };
}

/** The nuspec of a package that was checked when it was pushed. */
export async function findNuspec(archive: ZipArchive): Promise<ZipEntry> {
  for await (const entry of archive.entries()) {
    if (isRootNuspec(entry.name)) return entry;
  }
  return onlyNuspec([]);
}

function checkEntry(entry: ZipEntry, names: Set<string>): void {
  const fault = entryNameFault(entry.name);
  if (fault !== undefined) throw refusal(fault);
  const key = entryKey(entry.name);
  if (names.has(key)) throw refusal(`The package has two entries with the name ${quoted(entry.name)}`);
  names.add(key);
  if (entry.isEncrypted) throw refusal(`The entry ${quoted(entry.name)} is encrypted`);
  if (entry.compression === 'other') {
    throw refusal(`The entry ${quoted(entry.name)} uses a compression method other than deflate`);
  }
}

/** Source: NuGetGallery, ZipArchiveHelpers. */
function checkTime({ name, changedMs }: ZipEntry, { latestChangeMs }: PackageLimits): void {
  if (latestChangeMs !== null && changedMs > latestChangeMs) {
    throw refusal(`The entry ${quoted(name)} is from the future: ${new Date(changedMs).toISOString().slice(0, 10)}`);
  }
}

class SizeCheck {
  readonly #packageBytes: number;
  readonly #limits: PackageLimits;
  #compressed = 0;
  #uncompressed = 0;

  constructor(packageBytes: number, limits: PackageLimits) {
    this.#packageBytes = packageBytes;
    this.#limits = limits;
  }

  add(entry: ZipEntry): void {
    const { maxUncompressedBytes, maxCompressionRatio, ratioFreeBytes } = this.#limits;
    this.#compressed += entry.compressedBytes;
    this.#uncompressed += entry.uncompressedBytes;
    if (this.#compressed > this.#packageBytes) throw refusal('The entries of the package overlap');
    if (this.#uncompressed > maxUncompressedBytes) {
      throw refusal(`The package unpacks to more than ${maxUncompressedBytes} bytes`);
    }
    if (this.#uncompressed > ratioFreeBytes && this.#uncompressed > this.#packageBytes * maxCompressionRatio) {
      throw refusal(`The package unpacks to more than ${maxCompressionRatio} times its size`);
    }
  }
}

function isRootNuspec(name: string): boolean {
  return !name.includes('/') && name.toLowerCase().endsWith('.nuspec');
}

function onlyNuspec(nuspecs: readonly ZipEntry[]): ZipEntry {
  const [first, second] = nuspecs;
  if (first === undefined) throw refusal('The package has no nuspec at its root');
  if (second !== undefined) throw refusal('The package has more than one nuspec at its root');
  return first;
}
