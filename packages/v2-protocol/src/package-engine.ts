/** The port between requests for collections and what reads packages for them: a store, or all package sources of a feed. */
import type { ScanPosition, StoredVersion, VersionSource } from '@feedfleet/store';
import type { QueryOptions } from './odata-url.ts';
import type { OrderKeys } from './order.ts';
import type { PackageRow } from './package-property.ts';
import type { PackageQuery } from './plan.ts';

export interface PageRequest {
  /** Matches that are left out, behind `after`. */
  readonly skip: number;
  readonly take: number;
  /** Where the page before ended; null for the first one. */
  readonly after: OrderKeys | null;
  readonly withCount: boolean;
}

export interface PackagePage {
  /** All matches, not only those on this page or behind `after`; null when nobody asked. */
  readonly total: number | null;
  /** With their fragments. */
  readonly rows: readonly StoredVersion[];
  /** Where the next page begins; null on the last one. */
  readonly next: { readonly token: string } | { readonly skip: number } | null;
}

export interface ChunkStart {
  readonly after?: ScanPosition | null;
  /** Rows of the first chunk; later ones are larger. */
  readonly first?: number;
}

/** What a request for a collection says, for engines that have to ask others the same. */
export interface AskedCollection {
  readonly resource: 'Packages' | 'Search';
  readonly options: QueryOptions;
}

/** Reads the packages of a feed for one request: from its store, or from all its package sources. */
export interface PackageEngine {
  /** @throws ProblemError `FF_INVALID_QUERY` when the filter is wrong or nothing serves the query within bounds. */
  page(query: PackageQuery, page: PageRequest, asked: AskedCollection): Promise<PackagePage>;
  /** All rows of a source that names its ids. */
  chunks(source: VersionSource, start?: ChunkStart): AsyncGenerator<readonly PackageRow[]>;
  /** Rows that were scanned, as a page of them is shown. */
  complete(rows: readonly PackageRow[]): Promise<readonly PackageRow[]>;
  /** Says which ids are going to be scanned, so that they can be asked for at once. */
  prepare(ids: readonly string[]): Promise<void>;
  /** Gives others their turn when this request has worked for some milliseconds. */
  pause(): Promise<void>;
}
