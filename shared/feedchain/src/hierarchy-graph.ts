/** A hierarchy as people look at it: nodes, edges, loops and what a query costs. All of it can be sent as JSON. */

/** What somebody who looks at a hierarchy may know of a feed: nothing, its name, or its sources too. */
export type FeedSight = 'hidden' | 'named' | 'managed';

export interface GraphNode {
  readonly kind: 'feed' | 'foreign';
  /** Of a feed its name, of a foreign source its URL; `null` when the reader may not know it. */
  readonly name: string | null;
  /** Edges from the entry on the shortest way. */
  readonly depth: number;
  /** `loopPending`: not asked until somebody has looked whether it leads back here. `loopCaught`: it does, and is not asked. */
  readonly state: 'asked' | 'loopPending' | 'loopCaught';
}

export interface GraphEdge {
  /** Name of the source; `null` when the reader may not know it. */
  readonly source: string | null;
  /** Index of the feed that has it. */
  readonly from: number;
  /** Index of what it leads to; `null` for what cannot be reached at all. */
  readonly to: number | null;
  /** `self` and `loop` lead back and lose nothing; behind the others, only `followed` shows packages. */
  readonly state: 'followed' | 'self' | 'loop' | 'denied' | 'disabled' | 'loopCaught' | 'noSuchFeed';
  readonly isRequired: boolean;
  /** Whether it holds back ids or pre-releases. */
  readonly isFiltering: boolean;
}

export interface GraphLoop {
  /** Indexes in the order of the way, the first again at the end. */
  readonly nodes: readonly number[];
  /** Index of the feed whose source is not followed. */
  readonly cutAt: number;
}

/** What is led to by several edges, and asked once. */
export interface GraphDiamond {
  readonly node: number;
  readonly edges: number;
}

export interface HierarchyCost {
  /** Requests that one query of a client causes at most: one for each feed and foreign source, however many edges lead there. */
  readonly upstreamRequests: number;
  /** How many of them go to feeds of this fleet. */
  readonly feeds: number;
  /** How many of them leave the fleet. */
  readonly foreign: number;
  /** Edges of the longest of the shortest ways. Feeds are asked directly, so this costs nothing. */
  readonly depth: number;
}

export interface HierarchyGraph {
  /** In the order of priority; 0 is the entry. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** One for each place where loops are cut, the first ones only. */
  readonly loops: readonly GraphLoop[];
  /** Places where loops are cut. */
  readonly cuts: number;
  readonly diamonds: readonly GraphDiamond[];
  readonly cost: HierarchyCost;
}
