export { DiskBlobStore } from './embedded/disk-blob-store.ts';
export { StagingFolder } from './embedded/staging-folder.ts';
export { isLeftOpen, openEmbeddedStore } from './embedded/open-embedded-store.ts';
export type { EmbeddedStore, EmbeddedStoreOptions } from './embedded/open-embedded-store.ts';
export type { BlobStore, RemoveBlob, StagedBlob, StoredBlob } from './blob-store.ts';
export { KEPT_DAYS, MAX_COUNTS_PER_ADD } from './download-counts.ts';
export type {
  DownloadCount,
  DownloadCounts,
  DownloadDay,
  PackageDownloads,
  PackageStatistics,
  VersionDownloads,
} from './download-counts.ts';
export type { CatalogCommit, CatalogSnapshot, FeedCatalog, FeedCatalogEntry } from './feed-catalog.ts';
export type {
  CopiedSource,
  CopyStatistics,
  NewSourceDocument,
  SourceCopies,
  SourceCopy,
  SourceDocument,
} from './source-copies.ts';
export type { SourcePin, SourcePins } from './source-pins.ts';
export type { FoundSymbolFile, NewSymbols, SymbolQuery, SymbolStore } from './symbol-store.ts';
export { KnownAdvisories } from './known-advisories.ts';
export type { VersionName, VersionPage, VersionPages, VersionRange } from './version-pages.ts';
export { MAX_COMPLETED, MAX_FOUND } from './package-search.ts';
export { MIN_SUBSTRING_CHARACTERS } from './version-scan.ts';
export type {
  ScanChunk,
  ScanPosition,
  ScannedIds,
  ScannedVersion,
  ScannedVersions,
  SubstringMatch,
  VersionScan,
  VersionSource,
} from './version-scan.ts';
export type {
  AddOutcome,
  AddRules,
  CatalogEntry,
  ChangeOutcome,
  FeedQuota,
  FragmentKind,
  Fragments,
  LatestFlags,
  ListPage,
  ListQuery,
  MetadataStore,
  NewPackageVersion,
  ReadOptions,
  StoredVersion,
} from './metadata-store.ts';
export type { Chunk, DeletionOutcome, Pin, RetentionStore, VersionIdentity } from './retention-store.ts';
export { DEPRECATION_REASONS, MAX_VULNERABILITIES, deprecationKey } from './advisories.ts';
export type {
  Advisories,
  AdvisoryStore,
  Deprecation,
  DeprecationOutcome,
  DeprecationReason,
  Severity,
  VulnerabilitiesById,
  Vulnerability,
  VulnerabilityChange,
  VulnerabilityOutcome,
  VulnerabilityPage,
  VulnerabilitySource,
} from './advisories.ts';
export type { FoundVersion, IdPage, SearchHit, SearchPage, SearchQuery } from './package-search.ts';
