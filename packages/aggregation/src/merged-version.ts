/** A version of the union, as a view of the row that a context gave: metadata is not looked at before somebody asks for it. */
import type { SourceVersion } from '@feedfleet/package-sources';
import type { LatestFlags } from '@feedfleet/store';

import type { MergedVersion } from './feed-hierarchy.ts';
import { flagsOf, latestKeys } from './latest-flags.ts';

/** A row that came through to the entry feed. */
export interface ContextRow {
  readonly row: SourceVersion;
  /** Index of the context. */
  readonly from: number;
}

/** Gives out keys that no stored version has, each once in a query. */
export class SyntheticKeys {
  #last = 0;

  next(): number {
    this.#last -= 1;
    return this.#last;
  }
}

interface UnionFacts {
  readonly key: number;
  readonly flags: LatestFlags;
  readonly totalDownloads: number;
}

/** Metadata is an own property, so that copies have it; a copy reads it. */
function versionOfUnion({ row, from }: ContextRow, { key, flags, totalDownloads }: UnionFacts): MergedVersion {
  const { id, version, normalizedVersion, sortKey, isPrerelease, isSemVer2, listed, created, lastEdited } = row;
  const { downloads, sizeBytes, sha512, deprecation, vulnerabilities, isIncomplete } = row;
  return {
    ...{ key, from, id, version, normalizedVersion, sortKey, isPrerelease, isSemVer2, listed, created, lastEdited },
    ...{ downloads, totalDownloads, sizeBytes, sha512, deprecation, vulnerabilities },
    ...flags,
    ...(isIncomplete === undefined ? {} : { isIncomplete }),
    get metadata() {
      return row.metadata;
    },
  };
}

/**
 * The versions of one id from all contexts: of equal ones the first context's, ascending, with the flags of the union.
 *
 * @param rows - in any order.
 */
export function mergeVersionsOfId(rows: readonly ContextRow[], keys: SyntheticKeys): readonly MergedVersion[] {
  const ascending = winnersOf(rows);
  const newest = latestKeys(ascending.map(({ row }) => row));
  const totalDownloads = totalOf(ascending);
  return ascending.map((winner) =>
    versionOfUnion(winner, { key: keys.next(), flags: flagsOf(winner.row, newest), totalDownloads }),
  );
}

/** Of equal versions the first context's, ascending. */
function winnersOf(rows: readonly ContextRow[]): readonly ContextRow[] {
  const winners = new Map<string, ContextRow>();
  for (const candidate of rows) {
    const known = winners.get(candidate.row.sortKey);
    if (known === undefined || candidate.from < known.from) winners.set(candidate.row.sortKey, candidate);
  }
  return [...winners.values()].sort((left, right) => (left.row.sortKey < right.row.sortKey ? -1 : 1));
}

/** Of the versions that count; a source may know no more than the sum for its id. */
function totalOf(winners: readonly ContextRow[]): number {
  const sum = winners.reduce((downloads, { row }) => downloads + row.downloads, 0);
  return sum > 0 ? sum : winners.reduce((most, { row }) => Math.max(most, row.totalDownloads), 0);
}

/** A row by itself: what is known of its id is what its context told. */
export function mergedAlone(row: ContextRow, keys: SyntheticKeys): MergedVersion {
  const flags = flagsOf(row.row, latestKeys([row.row]));
  return versionOfUnion(row, { key: keys.next(), flags, totalDownloads: row.row.totalDownloads });
}

/** The same versions with the flags that they have among all that were seen of their ids. */
export function flaggedAmong(
  shown: readonly MergedVersion[],
  seen: readonly MergedVersion[],
): readonly MergedVersion[] {
  const seenById = Map.groupBy(seen, ({ id }) => id.toLowerCase());
  return shown.map((version) => {
    const known = seenById.get(version.id.toLowerCase()) ?? [];
    if (known.length < 2) return version;
    const { key, from, totalDownloads } = version;
    const ascending = winnersOf(known.map((row) => ({ row, from: row.from })));
    const flags = flagsOf(version, latestKeys(ascending.map(({ row }) => row)));
    return versionOfUnion({ row: version, from }, { key, flags, totalDownloads });
  });
}
