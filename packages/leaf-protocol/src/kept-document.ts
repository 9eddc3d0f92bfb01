/** Versions of one source as a document that is kept: what is said to others of the fleet, said to oneself later. */
import type { SourceVersion } from '@feedfleet/package-sources';

import { readVersions } from './leaf-reader.ts';
import { LeafWriter } from './leaf-writer.ts';
import { Slices } from './slices.ts';

/** @throws {ProblemError} `FF_UNAVAILABLE` for more than one feed tells another; the signal's reason. */
export async function writeKeptVersions(versions: readonly SourceVersion[], signal: AbortSignal): Promise<Buffer> {
  const writer = new LeafWriter();
  const slices = new Slices(signal);
  for (const version of versions) {
    writer.addVersion(version);
    if (slices.isDue()) await slices.turn();
  }
  return writer.finish({ kind: 'versions' });
}

/** @throws {LeafMalformedError} for what is none, or was written by another format; the signal's reason. */
export async function readKeptVersions(document: Buffer, signal: AbortSignal): Promise<readonly SourceVersion[]> {
  return (await readVersions(document, new Slices(signal))).rows;
}
