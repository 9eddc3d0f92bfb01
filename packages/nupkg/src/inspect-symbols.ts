/**
 * From a package of debugging symbols to the PDBs in it and the keys that debuggers ask for them by.
 *
 * Two kinds are taken: `.snupkg`, which its package type tells, and `X.symbols.nupkg`, an ordinary package with the PDBs left in.
 *
 * Source: NuGet documentation, "Creating symbol packages (.snupkg)", sections "Symbol package structure" and "NuGet.org symbol
 * package constraints"; "Creating legacy symbol packages (.symbols.nupkg)".
 */
import { identifyPdb } from '@feedfleet/pdb';
import type { PdbContent, PdbIdentity } from '@feedfleet/pdb';
import { parseNuspec } from './nuspec.ts';
import type { PackedContent } from './packed-content.ts';
import type { PackageLimits } from './package-limits.ts';
import type { PackageMetadata } from './package-metadata.ts';
import { quoted, refusal } from './refusal.ts';
import { isSymbolsType } from './symbols-package.ts';
import { withZipArchive } from './zip-archive.ts';
import type { ZipArchive, ZipEntry } from './zip-archive.ts';
import { checkZipArchive } from './zip-checks.ts';

/** Each is a row in the store, and all are written at once. */
const MAX_PDBS = 1000;
const SNUPKG_EXTENSIONS: readonly string[] = ['.pdb', '.nuspec', '.xml', '.psmdcp', '.rels', '.p7s'];

export interface SymbolFile {
  /** Without folders, in the case of the package. */
  readonly fileName: string;
  /** As in `PdbIdentity`. */
  readonly signature: string;
  /** As in `PdbIdentity`. */
  readonly checksum: string | null;
  /** Where it lies in the package. */
  readonly content: PackedContent;
}

export interface InspectedSymbols {
  /** Of the package that the symbols belong to. */
  readonly package: Pick<PackageMetadata, 'id' | 'version' | 'normalizedVersion'>;
  /** At least one. The same PDB may be there for several frameworks. */
  readonly files: readonly SymbolFile[];
}

type Kind = 'snupkg' | 'legacy';

interface Inspection {
  readonly archive: ZipArchive;
  readonly kind: Kind;
  readonly signal: AbortSignal;
}

/**
 * @throws ProblemError `FF_INVALID_PACKAGE` with a reason that names the entry and what is wrong with it; or the signal's reason.
 */
export async function inspectSymbols(
  path: string,
  limits: PackageLimits,
  signal: AbortSignal,
): Promise<InspectedSymbols> {
  const { id, version, normalizedVersion, packageTypes } = await withZipArchive(path, async (archive) => {
    const { nuspec } = await checkZipArchive(archive, limits, signal);
    const bytes = await archive.read(nuspec, limits.maxNuspecBytes);
    if (bytes === undefined) throw refusal(`The nuspec is larger than ${limits.maxNuspecBytes} bytes`);
    return parseNuspec(bytes);
  });
  const kind = isSymbolsType(packageTypes) ? 'snupkg' : 'legacy';
  const files = await withZipArchive(path, (archive) => readPdbs({ archive, kind, signal }));
  if (files.length === 0) throw refusal('The symbols package has no .pdb file');
  return { package: { id, version, normalizedVersion }, files };
}

async function readPdbs(inspection: Inspection): Promise<readonly SymbolFile[]> {
  const files: SymbolFile[] = [];
  for await (const entry of inspection.archive.entries()) {
    if (entry.name.endsWith('/')) continue;
    const extension = extensionOf(entry.name);
    if (inspection.kind === 'snupkg' && !SNUPKG_EXTENSIONS.includes(extension)) throw foreignEntry(entry);
    if (extension !== '.pdb') continue;
    if (files.length === MAX_PDBS) throw refusal(`The symbols package has more than ${MAX_PDBS} .pdb files`);
    files.push(await readPdb(entry, inspection));
  }
  return files;
}

async function readPdb(entry: ZipEntry, { archive, kind, signal }: Inspection): Promise<SymbolFile> {
  const { signature, checksum } = await identified(entry, { archive, kind, signal });
  const fileName = entry.name.slice(entry.name.lastIndexOf('/') + 1);
  return { fileName, signature, checksum, content: await archive.place(entry) };
}

async function identified(entry: ZipEntry, { archive, kind, signal }: Inspection): Promise<PdbIdentity> {
  const reading = await identifyPdb(contentOf(archive, entry, signal));
  if (reading.outcome === 'refused') {
    throw refusal(`The entry ${quoted(entry.name)} is no usable PDB: ${reading.reason}`);
  }
  if (kind === 'snupkg' && reading.identity.kind !== 'portable') {
    throw refusal(`The entry ${quoted(entry.name)} is a Windows PDB; a .snupkg may have portable PDBs only`);
  }
  return reading.identity;
}

/** What was unpacked once to be verified is unpacked anew for each look: memory stays bounded, and portable PDBs begin with what counts. */
function contentOf(archive: ZipArchive, entry: ZipEntry, signal: AbortSignal): PdbContent {
  const chunks = (): AsyncIterable<Uint8Array> => archive.unpack(entry, signal);
  return {
    sizeBytes: entry.uncompressedBytes,
    chunks,
    read: (start, length) => readRange(chunks, start, length),
  };
}

async function readRange(chunks: () => AsyncIterable<Uint8Array>, start: number, length: number): Promise<Buffer> {
  const range = Buffer.alloc(length);
  if (length === 0) return range;
  let position = 0;
  for await (const chunk of chunks()) {
    if (position + chunk.length > start) {
      range.set(
        chunk.subarray(Math.max(start - position, 0), start + length - position),
        Math.max(position - start, 0),
      );
    }
    position += chunk.length;
    if (position >= start + length) break;
  }
  return range;
}

/** In lower case, with its dot; `_rels/.rels` has one too. */
function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > name.lastIndexOf('/') ? name.slice(dot).toLowerCase() : '';
}

function foreignEntry({ name }: ZipEntry): Error {
  const reason = `The entry ${quoted(name)} may not be in a .snupkg, only ${SNUPKG_EXTENSIONS.join(' ')}`;
  return refusal(reason);
}
