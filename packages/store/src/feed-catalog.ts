/**
 * The catalog port: what happened in one feed, entry by entry, for ever.
 *
 * Entries are numbered from 1 on without gaps and are never changed; each has a commit instant later than all before it. Every
 * implementation passes the suite in `feed-catalog-conformance.ts`.
 *
 * Source: NuGet server API, "Catalog".
 */
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { Deprecation } from './advisories.ts';
import type { CatalogEntry } from './metadata-store.ts';

export interface CatalogCommit {
  /** In the feed's catalog, at least 1. */
  readonly number: number;
  /** Microseconds since 1970. */
  readonly committedUs: number;
}

export interface FeedCatalogEntry extends CatalogCommit {
  readonly kind: CatalogEntry['kind'];
  readonly id: string;
  readonly version: string;
  readonly normalizedVersion: string;
  /** After the change; false for a deletion. */
  readonly listed: boolean;
}

/** An entry with what the version was then, also when it has been deleted since. */
export interface CatalogSnapshot extends FeedCatalogEntry {
  /** ISO instant of the push. */
  readonly created: string;
  readonly sizeBytes: number;
  /** Lower-case hex. */
  readonly sha512: string;
  readonly metadata: PackageMetadata;
  readonly deprecation: Deprecation | null;
}

/** Every question is about the entries that are there when it is asked; the signal ends waiting, not an answer under way. */
export interface FeedCatalog {
  /** The newest entry; undefined when there is none. */
  head(feedId: string, signal?: AbortSignal): Promise<CatalogCommit | undefined>;

  /** The commits with these numbers, in their order; those that are not there are left out. At most 1000. */
  commits(feedId: string, numbers: readonly number[], signal?: AbortSignal): Promise<readonly CatalogCommit[]>;

  /** Entries from a number on, oldest first. */
  entries(
    feedId: string,
    range: { readonly from: number; readonly limit: number },
    signal?: AbortSignal,
  ): Promise<readonly FeedCatalogEntry[]>;

  snapshot(feedId: string, number: number, signal?: AbortSignal): Promise<CatalogSnapshot | undefined>;

  /** The newest entries of these kinds, newest first. */
  newest(
    feedId: string,
    query: { readonly kinds: readonly CatalogEntry['kind'][]; readonly limit: number },
    signal?: AbortSignal,
  ): Promise<readonly CatalogSnapshot[]>;
}
