/**
 * The search port: what a user finds in a feed, and in which order.
 *
 * Texts are those of `parseSearchText`, the order is that of `byRelevance`; every implementation passes the suite in
 * `search-conformance.ts`.
 */
import type { ReadOptions, StoredVersion } from './stored-version.ts';

interface SearchFilter {
  readonly includePrerelease: boolean;
  readonly includeSemVer2: boolean;
  readonly skip: number;
  /** 0 to 1000. */
  readonly take: number;
}

export interface SearchQuery extends SearchFilter {
  /** What the user typed; empty for everything, the most downloaded first. */
  readonly text: string;
  /** Only ids whose newest matching version has this package type (without case); null for any. */
  readonly packageType: string | null;
}

/** What a search tells of each version, so that an id with thousands of them is a short read. */
export interface FoundVersion {
  readonly version: string;
  readonly normalizedVersion: string;
  readonly downloads: number;
}

/** An id that was found, by its versions that the search may see; only listed ones. */
export interface SearchHit {
  readonly id: string;
  readonly newest: StoredVersion;
  /** Ascending by NuGet order; the newest is the last one. */
  readonly versions: readonly FoundVersion[];
}

export interface SearchPage {
  /**
   * All ids that can be paged through. Without text and type these are all that match; else the number is exact up to
   * `MAX_FOUND`, and the best `MAX_FOUND` are found where more would match.
   */
  readonly total: number;
  readonly hits: readonly SearchHit[];
}

export interface IdPage {
  /** As in `SearchPage`; of a completion up to `MAX_COMPLETED`. */
  readonly total: number;
  readonly ids: readonly string[];
}

/** Most ids that a search with a text finds, and most that are counted. The public gallery shows as many. */
export const MAX_FOUND = 4000;
/** Most ids that a completion finds, and most that are counted. */
export const MAX_COMPLETED = 1000;

export interface PackageSearch {
  search(feedId: string, query: SearchQuery, options?: ReadOptions): Promise<SearchPage>;

  /** Ids of which each word of the text begins a part, best first: `json` finds `Newtonsoft.Json`. */
  completeIds(feedId: string, query: SearchQuery): Promise<IdPage>;

  /** Ids that start with `prefix` (without case), in order. More than `MAX_FOUND` are not counted. */
  idsStartingWith(feedId: string, prefix: string, query: SearchFilter): Promise<IdPage>;
}
