/**
 * The port for ids with thousands of versions: their names, their pages, and the versions of one page, none of which reads what
 * it does not tell.
 *
 * Every implementation passes the suite in `version-pages-conformance.ts`. Ids and versions are compared without case.
 */
import type { CatalogCommit } from './feed-catalog.ts';
import type { FragmentKind, StoredVersion } from './metadata-store.ts';

/** As many of an id's versions as fit on a page, ascending by NuGet order. */
export interface VersionPage {
  readonly count: number;
  /** Normalized, both inclusive. */
  readonly lower: string;
  readonly upper: string;
  /** The newest of its versions' last entries in the catalog. */
  readonly commit: CatalogCommit;
}

export interface VersionName {
  readonly version: string;
  readonly normalizedVersion: string;
}

export interface VersionRange {
  /** Normalized, inclusive; null for no bound. */
  readonly lower: string | null;
  readonly upper: string | null;
  readonly includeSemVer2: boolean;
  /** How many of the range were read already. */
  readonly skip: number;
  /** At most 1000. */
  readonly limit: number;
  readonly fragment: FragmentKind;
}

export interface VersionPages {
  /** All versions of an id by `size` a page; empty for an unknown id. */
  pages(
    feedId: string,
    id: string,
    query: { readonly size: number; readonly includeSemVer2: boolean },
    signal?: AbortSignal,
  ): Promise<readonly VersionPage[]>;

  /** Versions in a range, ascending by NuGet order. */
  versionsIn(feedId: string, id: string, range: VersionRange, signal?: AbortSignal): Promise<readonly StoredVersion[]>;

  /** The names of all versions of an id, ascending by NuGet order. */
  names(
    feedId: string,
    id: string,
    filter: {
      readonly includeUnlisted: boolean;
      readonly includePrerelease: boolean;
      readonly includeSemVer2: boolean;
    },
    signal?: AbortSignal,
  ): Promise<readonly VersionName[]>;
}
