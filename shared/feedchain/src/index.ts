export type { ChainElement, ChainParameter } from './chain-grammar.ts';
export { describeHierarchy } from './describe-hierarchy.ts';
export type { GraphReader } from './describe-hierarchy.ts';
export type { EditEffect, NamedLoop, SourceEdit } from './edit-effect.ts';
export { effectOfEdit } from './effect-of-edit.ts';
export {
  chainVariant,
  FEEDCHAIN_BOUNDS,
  FEEDCHAIN_HEADER,
  feedChainProblem,
  readFeedChain,
  writeFeedChain,
} from './feed-chain.ts';
export type { ChainCheck, OwnStep, ReadableChain, ReceivedChain, WrittenChain } from './feed-chain.ts';
export { FleetChain } from './fleet-chain.ts';
export type { Denial } from './hierarchy.ts';
export { HierarchyMemo } from './hierarchy-memo.ts';
export type {
  FeedSight,
  GraphDiamond,
  GraphEdge,
  GraphLoop,
  GraphNode,
  HierarchyCost,
  HierarchyGraph,
} from './hierarchy-graph.ts';
export type {
  CutEdge,
  DeniedEdge,
  FeedContext,
  ForeignContext,
  HierarchyPlan,
  LocalContext,
  PlannedContext,
  SkippedEdge,
} from './hierarchy-plan.ts';
export type { OwnElement } from './own-element.ts';
export { leafDepth } from './leaf-depth.ts';
export type { LeafCheck } from './leaf-depth.ts';
export { admitsId, passesFilters } from './path-filter.ts';
export type { EdgeFilter, FilteredVersion, PathFilter } from './path-filter.ts';
export { planHierarchy, QUERY_BREADTH } from './plan-hierarchy.ts';
export type { HierarchyQuestion } from './plan-hierarchy.ts';
export { findProbe, probeId, readProbe } from './probe-id.ts';
export type { Probe } from './probe-id.ts';
