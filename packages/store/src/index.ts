export { openEmbeddedStore } from './embedded/open-embedded-store.ts';
export type { EmbeddedStore, EmbeddedStoreOptions } from './embedded/open-embedded-store.ts';
export type { BlobStore, StagedBlob, StoredBlob } from './blob-store.ts';
export type { CatalogCommit, CatalogSnapshot, FeedCatalog, FeedCatalogEntry } from './feed-catalog.ts';
export type { VersionName, VersionPage, VersionPages } from './version-pages.ts';
export type {
  AddOutcome,
  CatalogEntry,
  ChangeOutcome,
  FragmentKind,
  Fragments,
  LatestFlags,
  ListPage,
  ListQuery,
  MetadataStore,
  NewPackageVersion,
  ReadOptions,
  SearchHit,
  SearchPage,
  SearchQuery,
  StoredVersion,
} from './metadata-store.ts';
export type { Chunk, DeletionOutcome, Pin, RetentionStore, VersionIdentity } from './retention-store.ts';
