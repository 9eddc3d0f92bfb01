/**
 * What a source without metadata has of it after all: the nuspecs beside the package files, which never change.
 *
 * As many as the bound allows are read for one question, newest first, and remembered: the next question goes on where this one
 * ended. Versions whose nuspec was not read say that they are incomplete.
 *
 * Source: NuGet server API, "Package content", section "Download package manifest".
 */
import { parseNuspec } from '@feedfleet/nupkg';
import type { PackageMetadata } from '@feedfleet/nupkg';
import { ProblemError } from '@feedfleet/problems';
import { SourceFailure } from '@feedfleet/source-http';

import { boundedMap } from './bounded-map.ts';
import type { DocumentReader, SourceCall } from './source-call.ts';
import type { SourceVersion } from './source-version.ts';
import { SourceRefusal } from './source-refusal.ts';

const MAX_NUSPEC_BYTES = 1024 ** 2;
const MAX_NUSPECS = 64;
const AT_A_TIME = 8;

const nuspecReader: DocumentReader<PackageMetadata | null> = {
  accept: 'application/xml, text/xml, */*',
  maxBytes: MAX_NUSPEC_BYTES,
  isImmutable: true,
  read: (body) => {
    try {
      return Promise.resolve(parseNuspec(body));
    } catch (error) {
      if (error instanceof ProblemError) return Promise.resolve(null);
      throw error;
    }
  },
};

/**
 * @param versions - of one id, ascending.
 * @param folder - URL of the id's folder in the flat container, without a slash at the end.
 * @returns the versions with what their nuspecs say, and what tells this answer from others.
 */
export async function withNuspecs(
  call: SourceCall,
  versions: readonly SourceVersion[],
  folder: string,
): Promise<{ readonly versions: readonly SourceVersion[]; readonly digests: readonly string[] }> {
  const wanted = versions.filter(({ isIncomplete }) => isIncomplete === true).reverse();
  let left = MAX_NUSPECS;
  const digests: string[] = [];
  const complete = new Map<string, SourceVersion>();
  await boundedMap(wanted, AT_A_TIME, async (version) => {
    const { id, normalizedVersion } = version;
    const url = `${folder}/${encodeURIComponent(normalizedVersion.toLowerCase())}/${encodeURIComponent(id.toLowerCase())}.nuspec`;
    if (!call.remembers(url)) {
      if (left === 0) return;
      left -= 1;
    }
    const document = await quietly(call.read(url, nuspecReader));
    const metadata = document?.value;
    if (document === undefined || !metadata) return;
    if (metadata.id.toLowerCase() !== id.toLowerCase()) return;
    if (metadata.normalizedVersion.toLowerCase() !== normalizedVersion.toLowerCase()) return;
    digests.push(document.digest);
    complete.set(version.sortKey, withMetadata(version, metadata));
  });
  return { versions: versions.map((version) => complete.get(version.sortKey) ?? version), digests: digests.sort() };
}

function withMetadata(version: SourceVersion, metadata: PackageMetadata): SourceVersion {
  const { id, version: written, isSemVer2 } = metadata;
  const { isIncomplete, ...told } = { ...version, id, version: written, isSemVer2, metadata };
  return isIncomplete === true ? told : version;
}

/** A nuspec that cannot be had leaves its version incomplete; it does not make the list of versions unknown. */
async function quietly<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof SourceRefusal || error instanceof SourceFailure) return undefined;
    throw error;
  }
}
