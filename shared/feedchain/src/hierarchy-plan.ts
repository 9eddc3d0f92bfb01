/** The plan of a query: whom to ask, once each, and what was left out and why. */
import type { Feed, Source } from '@feedfleet/registry-client';

import type { Denial } from './hierarchy.ts';
import type { FilteredVersion, PathFilter } from './path-filter.ts';

interface ContextBase {
  /** Some way here has required sources only: a query by id cannot be answered without. */
  readonly isRequired: boolean;
  /** Ids to ask for, in lower case; `null` when the query is not about ids. */
  readonly ids: readonly string[] | null;
  /** Of a query that is not about ids: a package is meant when any of these ways lets it through; none: all are. */
  readonly filters: readonly PathFilter[];
  /** Whether `filters` let through no more than is meant, so that counts made with them are exact. */
  readonly areFiltersExact: boolean;
  /** Whether a version that is there comes through to the entry. Always exact. */
  admits(version: FilteredVersion): boolean;
}

/** The entry itself: everything that it has of its own. */
export interface LocalContext extends ContextBase {
  readonly kind: 'local';
  readonly feed: Feed;
  readonly unavailable: null;
}

/** Another feed of this fleet, asked as a leaf. */
export interface FeedContext extends ContextBase {
  readonly kind: 'feed';
  readonly feed: Feed;
  /** The source whose credential is used. */
  readonly edge: Source;
  /** The sources of one shortest way here, from the entry's own on. `edge` is the last. */
  readonly via: readonly Source[];
  /** `breadth`: who sent the query allows no further upstream requests. Not asked, and not known. */
  readonly unavailable: 'breadth' | null;
}

export interface ForeignContext extends ContextBase {
  readonly kind: 'foreign';
  /** The same for sources that are one: protocol, URL and credential. For maps; not for the eyes of users. */
  readonly key: string;
  readonly edge: Source;
  /** All sources of the hierarchy that are this one, in the order of priority. */
  readonly edges: readonly Source[];
  readonly via: readonly Source[];
  /** `loopPending`: nobody has looked yet whether it leads back to this fleet. Not asked, and not known. */
  readonly unavailable: 'breadth' | 'loopPending' | null;
  /** The sources that a version comes through by: what rules about the feeds that have them are judged by. */
  admittingEdges(version: FilteredVersion): readonly Source[];
}

export type PlannedContext = LocalContext | FeedContext | ForeignContext;

/** A source that is not followed because it leads back to where the query came from: nothing is lost by that. */
export interface CutEdge {
  readonly edge: Source;
  /** `self`: the feed that has it. */
  readonly reason: 'self' | 'loop';
}

/** A source whose credential does not open its feed: it and what is behind it stay invisible. */
export interface DeniedEdge {
  readonly edge: Source;
  readonly denial: Denial;
}

export interface SkippedEdge {
  readonly edge: Source;
  /**
   * `filtered`: it lets none of the ids through. `loopCaught`: it leads back to this fleet by a way that loses the feed chain.
   * `asked`: the query came through a feed that asks the same already.
   */
  readonly reason: 'disabled' | 'filtered' | 'loopCaught' | 'noSuchFeed' | 'asked';
}

export interface HierarchyPlan {
  readonly entry: Feed;
  /** In the order of priority: the entry, then breadth first. */
  readonly contexts: readonly PlannedContext[];
  /** The same for plans that ask the same of the same; changes with contexts, credentials, filters and what is allowed from where. */
  readonly identity: string;
  /** Whether something was left out because the feed chain says that it is asked already: such an answer is for this query only. */
  readonly isPruned: boolean;
  /** Until when the plan holds if the registry does not change: milliseconds since the epoch, or `Infinity`. */
  readonly validUntilMs: number;
  /** Upstream requests that each foreign source may cause, to be told to it in the feed chain. */
  readonly foreignBreadth: number;
  readonly cut: readonly CutEdge[];
  readonly denied: readonly DeniedEdge[];
  readonly skipped: readonly SkippedEdge[];
}
