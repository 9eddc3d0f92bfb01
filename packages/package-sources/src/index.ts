export type {
  Ask,
  EdgeFilter,
  PackageSource,
  PathFilter,
  SourceAnswer,
  SourceContent,
  SourceHit,
  SourceHits,
  SourceIds,
  SourcePageQuery,
  SourceRows,
  SourceSearch,
  VersionsById,
} from './package-source.ts';
export type { SourceVersion } from './source-version.ts';
