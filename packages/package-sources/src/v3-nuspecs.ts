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
/** For which a source that has no nuspec of the newest version of an id is not asked for others of it. */
const ABSENT_MS = 60 * 60_000;

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
  const [newest, ...older] = versions.filter(({ isIncomplete }) => isIncomplete === true).reverse();
  if (newest === undefined || call.isAbsent(folder)) return { versions, digests: [] };
  let left = MAX_NUSPECS;
  const digests: string[] = [];
  const complete = new Map<string, SourceVersion>();
  const readOne = async (version: SourceVersion): Promise<void> => {
    const url = nuspecUrl(folder, version);
    if (!call.remembers(url)) {
      if (left === 0) return;
      left -= 1;
    }
    const document = await quietly(call.read(url, nuspecReader));
    // Some registries have no nuspecs at all: one request tells.
    if (document === undefined && version === newest) call.rememberAbsent(folder, ABSENT_MS);
    if (document === undefined || document === 'unknown' || !isOf(document.value, version)) return;
    digests.push(document.digest);
    complete.set(version.sortKey, withMetadata(version, document.value));
  };
  await readOne(newest);
  if (!call.isAbsent(folder)) await boundedMap(older, AT_A_TIME, readOne);
  return { versions: versions.map((version) => complete.get(version.sortKey) ?? version), digests: digests.sort() };
}

function nuspecUrl(folder: string, { id, normalizedVersion }: SourceVersion): string {
  const [idPart, versionPart] = [id, normalizedVersion].map((text) => encodeURIComponent(text.toLowerCase()));
  return `${folder}/${versionPart}/${idPart}.nuspec`;
}

function isOf(metadata: PackageMetadata | null, { id, normalizedVersion }: SourceVersion): metadata is PackageMetadata {
  return (
    metadata?.id.toLowerCase() === id.toLowerCase() &&
    metadata.normalizedVersion.toLowerCase() === normalizedVersion.toLowerCase()
  );
}

function withMetadata(version: SourceVersion, metadata: PackageMetadata): SourceVersion {
  const { id, version: written, isSemVer2 } = metadata;
  const { isIncomplete, ...told } = { ...version, id, version: written, isSemVer2, metadata };
  return isIncomplete === true ? told : version;
}

/** A nuspec that cannot be had leaves its version incomplete; it does not make the list of versions unknown. */
async function quietly<T>(reading: Promise<T>): Promise<T | 'unknown'> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof SourceRefusal || error instanceof SourceFailure) return 'unknown';
    throw error;
  }
}
