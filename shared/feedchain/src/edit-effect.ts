/** What an edit of a feed's sources changes. All of it can be sent as JSON. */
import type { Source } from '@feedfleet/registry-client';

import type { GraphEdge, GraphNode, HierarchyCost } from './hierarchy-graph.ts';

/** A source that is added or changed, or the id of one that is removed. */
export type SourceEdit =
  { readonly kind: 'put'; readonly source: Source } | { readonly kind: 'remove'; readonly sourceId: string };

/** A loop by names; `null` for what the reader may not know. */
export interface NamedLoop {
  /** In the order of the way, the first again at the end. */
  readonly names: readonly (string | null)[];
  /** The feed whose source is not followed. */
  readonly cutAt: string | null;
}

export interface EditEffect {
  readonly before: HierarchyCost;
  readonly after: HierarchyCost;
  /** What packages come from afterwards and did not before, and the other way round. */
  readonly gained: readonly GraphNode[];
  readonly lost: readonly GraphNode[];
  /** The shortest loop through the source: allowed, and cut. `null` when the edit closes none. */
  readonly closes: NamedLoop | null;
  /** The same of the source as it was, when that is on no loop afterwards, or on another one. */
  readonly opens: NamedLoop | null;
  /** What becomes of the source itself; `null` when it is removed. */
  readonly edge: GraphEdge | null;
  /** All of it in words. */
  readonly sentence: string;
}
