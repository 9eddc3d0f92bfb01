/**
 * The port for queries that no other index answers: versions in the order of one index, in bounded chunks, from any place on.
 *
 * The caller filters what it is given and stops when it has enough. Every implementation passes the suite in
 * `version-scan-conformance.ts`.
 */
import type { ReadOptions, StoredVersion } from './metadata-store.ts';

/** A version with what filters ask most, at hand without parsing its metadata. */
export interface ScannedVersion extends StoredVersion {
  /** Plain order of these texts is the order of versions; equal for equal versions. */
  readonly sortKey: string;
  /** As the author wrote it; empty when there is none. */
  readonly title: string;
  /** Joined by blanks. */
  readonly tags: string;
}

/** Ids are in lower case. */
export type ScannedIds =
  | { readonly kind: 'all' }
  | { readonly kind: 'prefix'; readonly prefix: string }
  /** Distinct, ascending. */
  | { readonly kind: 'named'; readonly ids: readonly string[] };

/** `latest`: the newest listed version of an id, where the id has one. */
export type ScannedVersions =
  /** `from` and `to` are sort keys, both included. They count for named ids only. */
  | { readonly kind: 'all'; readonly from?: string; readonly to?: string }
  | { readonly kind: 'latest'; readonly includePrerelease: boolean; readonly includeSemVer2: boolean };

export type VersionSource =
  /** By id, then by version. */
  | {
      readonly order: 'id';
      readonly descending: boolean;
      readonly ids: ScannedIds;
      readonly versions: ScannedVersions;
      readonly newestFirst: boolean;
    }
  /** By downloads of the id, most first, then by id, then by version. */
  | { readonly order: 'downloads'; readonly versions: ScannedVersions }
  /** By instant of the push or of the last change, then by id, then by version. `from` and `to` are ISO instants, both included. */
  | {
      readonly order: 'created' | 'edited';
      readonly descending: boolean;
      readonly from?: string;
      readonly to?: string;
    };

/** A place between two versions of a source: right behind this one, which need not exist (any longer). */
export interface ScanPosition {
  /** In lower case. */
  readonly id: string;
  readonly sortKey: string;
  /** Of the id; counts in the order of downloads. */
  readonly downloads: number;
  /** ISO instant; counts in the orders of instants. */
  readonly instant: string;
}

export interface ScanChunk {
  readonly rows: readonly ScannedVersion[];
  /** Rows that were read to find these: at least 1 unless the source is at its end. */
  readonly examined: number;
  /** Where to go on; null at the end of the source. */
  readonly next: ScanPosition | null;
}

/** What an id has to contain, without case: its own text, or the title or tags of one of its latest versions. */
export type SubstringMatch =
  | { readonly kind: 'part'; readonly column: 'id' | 'title' | 'tags'; readonly text: string }
  | { readonly kind: 'every' | 'some'; readonly of: readonly SubstringMatch[] };

/** Shortest text that the substring index finds, in characters. */
export const MIN_SUBSTRING_CHARACTERS = 3;

export interface IdChunk {
  /** In lower case, each once, in no order. */
  readonly ids: readonly string[];
  /** Where to go on; null when there are no more. */
  readonly next: number | null;
}

export interface VersionScan {
  /** @param page - `limit` from 1 to 1000. */
  scan(
    feedId: string,
    source: VersionSource,
    page: { readonly after: ScanPosition | null; readonly limit: number },
    options?: Pick<ReadOptions, 'signal'>,
  ): Promise<ScanChunk>;

  /** Versions that were scanned, with their fragments, in the order of `keys`; those that are gone are left out. At most 1000. */
  scanned(keys: readonly number[], options?: ReadOptions): Promise<readonly ScannedVersion[]>;

  /**
   * Ids that may match: every one that does, and some that do not. A tag that has a blank before and behind it is found whole.
   *
   * @param page - `after` is 0 at the start; `limit` from 1 to 10,000.
   */
  idsContaining(
    feedId: string,
    match: SubstringMatch,
    page: { readonly after: number; readonly limit: number },
  ): Promise<IdChunk>;
}
