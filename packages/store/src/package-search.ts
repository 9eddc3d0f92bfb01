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

/** Versions of one id that matched a search, ascending by NuGet order; only listed ones. */
export interface SearchHit {
  readonly id: string;
  readonly versions: readonly StoredVersion[];
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
  /** As in `SearchPage`. */
  readonly total: number;
  readonly ids: readonly string[];
}

/** Most ids that a search with a text finds, and most that are counted. The public gallery shows as many. */
export const MAX_FOUND = 4000;

export interface PackageSearch {
  search(feedId: string, query: SearchQuery, options?: ReadOptions): Promise<SearchPage>;

  /** Ids of which each word of the text begins a part, best first: `json` finds `Newtonsoft.Json`. */
  completeIds(feedId: string, query: SearchQuery): Promise<IdPage>;

  /** Ids that start with `prefix` (without case), in order. More than `MAX_FOUND` are not counted. */
  idsStartingWith(feedId: string, prefix: string, query: SearchFilter): Promise<IdPage>;
}
