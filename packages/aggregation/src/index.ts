export type {
  FeedHierarchy,
  HierarchyPageQuery,
  HierarchySearch,
  MergedContent,
  MergedHit,
  MergedHits,
  MergedIds,
  MergedRows,
  MergedVersion,
  MergedVersionsById,
  PageOrder,
} from './feed-hierarchy.ts';
export type { ContextOutcome, ContextReport, HierarchyReport, WithheldId } from './hierarchy-report.ts';
export type { ExplainedTo } from './explain.ts';
export { FleetHierarchies } from './fleet-hierarchies.ts';
export type { ClientQuery, FleetHierarchiesOptions } from './fleet-hierarchies.ts';
export type { QueryHierarchy } from './query-hierarchy.ts';
export type { Question } from './question.ts';
export type { SourcePins } from './source-pins.ts';
