/**
 * The port of one client query to a feed and everything that it references, as if all of it lay in one store.
 *
 * Nothing is asked before the first question. Each context (the feed itself, another feed, a foreign source) is asked each question
 * once, however often the question is put; all at the same time. A question for ids is answered fresh, or from complete copies, or
 * not at all; a search may be partial, and the report says so.
 */
import type { SourceContent, SourcePageQuery, SourceSearch, SourceVersion } from '@feedfleet/package-sources';
import type { LatestFlags } from '@feedfleet/store';

import type { HierarchyReport } from './hierarchy-report.ts';

/** A version of the union. Its flags tell the newest of all contexts' versions; `totalDownloads` is that of all of them. */
export interface MergedVersion extends SourceVersion, LatestFlags {
  /** Negative; names the version in this query and nowhere else. */
  readonly key: number;
  /** Index of the context in the plan that it is taken from; 0 is the feed itself. */
  readonly from: number;
}

/** By id in lower case, ascending by version; ids that nobody has are left out. */
export type MergedVersionsById = ReadonlyMap<string, readonly MergedVersion[]>;

export interface HierarchySearch extends Omit<SourceSearch, 'filters' | 'take'> {
  readonly skip: number;
  readonly take: number;
}

export interface MergedHit {
  readonly id: string;
  /** Ascending, listed, matching the flags; at least the newest that was found. */
  readonly versions: readonly MergedVersion[];
}

export interface MergedHits {
  readonly total: number;
  /** Whether `total` is a count; else an estimate, never less than what was found. */
  readonly isExact: boolean;
  readonly hits: readonly MergedHit[];
}

export interface MergedIds {
  readonly total: number;
  readonly isExact: boolean;
  readonly ids: readonly string[];
}

/** `take` counts from the first row on; what a client skips is cut by the asker, so that pages of one query fit together. */
export type HierarchyPageQuery = Omit<SourcePageQuery, 'filters'>;

export interface PageOrder {
  /** The order of the query, total over different versions. */
  readonly compare: (left: MergedVersion, right: MergedVersion) => number;
  /**
   * `version`: one row for each version, the first context's; `id` (for queries after latest versions): one row for each id, the newest
   * that was found, at the place of the first of them.
   */
  readonly distinct: 'version' | 'id';
}

export interface MergedRows {
  /** Null when it was not asked for, or no estimate can be given. */
  readonly total: number | null;
  readonly isExact: boolean;
  readonly rows: readonly MergedVersion[];
  readonly hasMore: boolean;
}

export interface MergedContent {
  /** Undefined when the feed's own store has the package: then nobody was asked. */
  readonly version: MergedVersion | undefined;
  readonly content: SourceContent;
}

export interface FeedHierarchy {
  /**
   * All versions of the ids, listed or not.
   *
   * @param ids - in any case; at most some hundreds.
   * @throws {ProblemError} `FF_SOURCE_UNAVAILABLE` when a required context cannot tell, and no complete copy stands in for it.
   */
  versions(ids: readonly string[]): Promise<MergedVersionsById>;
  search(query: HierarchySearch): Promise<MergedHits>;
  complete(query: HierarchySearch): Promise<MergedIds>;
  page(query: HierarchyPageQuery, order: PageOrder): Promise<MergedRows>;
  /**
   * The package file; undefined when nobody has it.
   *
   * @throws {ProblemError} as `versions`.
   */
  content(id: string, normalizedVersion: string): Promise<MergedContent | undefined>;
  /** Of everything that was asked so far. */
  readonly report: HierarchyReport;
}
