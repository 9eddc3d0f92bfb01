/** Parts of a hierarchy: feeds, foreign sources, and the edges between them. */
import type { Feed, Source } from '@feedfleet/registry-client';

import type { EdgeFilter } from './path-filter.ts';

interface NodePlace {
  /** Place in the order of priority; 0 is the entry. */
  readonly index: number;
  /** Edges from the entry on the shortest way. */
  readonly depth: number;
  /** The edge that it was first found by; `null` for the entry. */
  readonly via: HierarchyEdge | null;
}

export interface FeedNode extends NodePlace {
  readonly kind: 'feed';
  readonly feed: Feed;
  /** All of its sources, in their order, also those that nothing is asked of. */
  readonly edges: readonly HierarchyEdge[];
}

export interface ForeignNode extends NodePlace {
  readonly kind: 'foreign';
  /** Protocol, URL, credential: what two sources share that are one. Not for the eyes of users. */
  readonly key: string;
  /** The edges that lead here, the first by priority first. */
  readonly incoming: readonly HierarchyEdge[];
  readonly state: 'open' | 'loopPending' | 'loopCaught';
}

export type HierarchyNode = FeedNode | ForeignNode;

export interface HierarchyEdge {
  readonly source: Source;
  /** Index of the feed that has the source. */
  readonly owner: number;
  /** Index of what it leads to; `undefined` when that cannot be reached by any edge. */
  readonly target: number | undefined;
  readonly filter: EdgeFilter;
  /** Whether the filter lets every id through, pre-releases aside. */
  readonly letsEveryId: boolean;
}
