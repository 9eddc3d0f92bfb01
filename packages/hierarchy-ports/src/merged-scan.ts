/** Scans of merged versions. Ids have to be named: everything else is asked of each package source as a whole. */
import type { MergedVersion } from '@feedfleet/aggregation';
import { ProblemError } from '@feedfleet/problems';
import type { ScanChunk, ScanPosition, ScannedVersion, ScannedVersions, VersionSource } from '@feedfleet/store';

import { mergedRow } from './merged-row.ts';

type ByIdSource = Extract<VersionSource, { readonly order: 'id' }>;

interface NamedSource extends ByIdSource {
  readonly ids: Extract<ByIdSource['ids'], { readonly kind: 'named' }>;
}

/** @throws {ProblemError} `FF_INVALID_ARGUMENT` for a source that names no ids. */
export function namedSource(source: VersionSource): NamedSource {
  if (source.order === 'id' && source.ids.kind === 'named') return { ...source, ids: source.ids };
  throw new ProblemError('invalidArgument', { detail: 'merged versions are scanned by their ids' });
}

/**
 * @param versions - of the ids of the source, by id in lower case, ascending by version.
 * @param limit - most rows of the chunk.
 */
export function mergedChunk(
  source: NamedSource,
  versions: ReadonlyMap<string, readonly MergedVersion[]>,
  { after, limit }: { readonly after: ScanPosition | null; readonly limit: number },
): ScanChunk {
  const rows: ScannedVersion[] = [];
  const ids = source.descending ? source.ids.ids.toReversed() : source.ids.ids;
  for (const id of ids) {
    if (after !== null && isBefore(id, after.id, source.descending)) continue;
    for (const version of versionsOf(versions.get(id) ?? [], source)) {
      if (after?.id === id && !isBefore(after.sortKey, version.sortKey, source.newestFirst)) continue;
      if (rows.length === limit) return { rows, examined: limit, next: placeOf(rows.at(-1)) };
      rows.push(mergedRow(version));
    }
  }
  return { rows, examined: rows.length, next: null };
}

function versionsOf(
  versions: readonly MergedVersion[],
  { versions: wanted, newestFirst }: NamedSource,
): readonly MergedVersion[] {
  const found = versions.filter((version) => isWanted(version, wanted));
  return newestFirst ? found.toReversed() : found;
}

function isWanted(version: MergedVersion, wanted: ScannedVersions): boolean {
  if (wanted.kind === 'all') {
    const { from, to } = wanted;
    return (from === undefined || version.sortKey >= from) && (to === undefined || version.sortKey <= to);
  }
  if (wanted.includeSemVer2)
    return wanted.includePrerelease ? version.isAbsoluteLatestSemVer2 : version.isLatestSemVer2;
  return wanted.includePrerelease ? version.isAbsoluteLatest : version.isLatest;
}

function isBefore(left: string, right: string, descending: boolean): boolean {
  return descending ? left > right : left < right;
}

function placeOf(row: ScannedVersion | undefined): ScanPosition | null {
  if (row === undefined) return null;
  const { id, sortKey, totalDownloads, created } = row;
  return { id: id.toLowerCase(), sortKey, downloads: totalDownloads, instant: created };
}
