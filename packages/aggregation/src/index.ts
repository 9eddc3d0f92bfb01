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
