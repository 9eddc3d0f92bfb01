/**
 * The package source port: one place that packages come from, as a feed asks it. A feed of this fleet, its own store, or a foreign
 * v3 or v2 source; nobody who asks knows which.
 *
 * Absent is not unknown: an id is left out of an answer only when the source itself said that it has none. What a source could not be
 * brought to say is `unavailable`. No method rejects for anything that a source does; a rejection is the signal's reason or a defect.
 *
 * Every implementation passes the suite of `@feedfleet/package-source-conformance`.
 */
import type { Readable } from 'node:stream';

import type { PathFilter } from '@feedfleet/feedchain';
import type { StoredBlob } from '@feedfleet/store';

import type { SourceVersion } from './source-version.ts';

/** Who asks, and for how long an answer is of use. */
export interface Ask {
  readonly signal: AbortSignal;
  /** Of the request's deadline; never negative. */
  readonly remainingMs: () => number;
  readonly requestId: string;
  readonly traceparent: string;
  /** Value of the feed chain header to send; '' for none. */
  readonly chain: string;
  /**
   * The query came here with a feed chain of which this fleet wrote a part itself: others wait for whoever asks, and what a source answers
   * may be pruned by that chain. Such answers are neither kept nor shared, and such requests never sent twice.
   */
  readonly isNested?: boolean;
  /** The query came here with a feed chain, whoever made it up: what is told is kept for that chain alone, and shared by it. */
  readonly isRelayed?: boolean;
  /** How often the query has come through this fleet, with this time; what anybody else put into its feed chain does not count. */
  readonly depth?: number;
  /** A client made the question up, a search or a filter: what comes of it says nothing of the questions about named ids. */
  readonly isClientShaped?: boolean;
}

export type SourceAnswer<T> =
  | {
      readonly outcome: 'answered';
      readonly value: T;
      /** The same tag, the same value. */
      readonly tag: string;
      readonly ageMs: number;
      /** A complete copy that stands in for a source that does not answer. */
      readonly isStale: boolean;
      /** The source itself says that something is missing. */
      readonly isPartial?: true;
      /** The source left something out because of the feed chain, as it says: the answer is for whoever comes the same way only. */
      readonly variesByChain?: true;
      /** Requests that were really sent. */
      readonly requests: number;
      readonly tookMs: number;
    }
  /** The source cannot be asked this, now or later. */
  | { readonly outcome: 'unsupported'; readonly detail: string }
  | {
      readonly outcome: 'unavailable';
      /** Code of a problem. */
      readonly code: string;
      /** No secrets, no inner addresses. */
      readonly detail: string;
      /** 0 when nothing is known. */
      readonly retryAfterMs: number;
      readonly requests: number;
      readonly tookMs: number;
    };

export interface SourceSearch {
  readonly text: string;
  readonly includePrerelease: boolean;
  readonly includeSemVer2: boolean;
  readonly packageType: string | null;
  /** From the first hit on. */
  readonly take: number;
  /** A package is meant when any of these ways lets it through; none: all are. Foreign sources leave this to the asker. */
  readonly filters: readonly PathFilter[];
}

export interface SourceHit {
  readonly id: string;
  /** Ascending, listed, matching the flags; at least the newest. */
  readonly versions: readonly SourceVersion[];
}

export interface SourcePageQuery {
  /** OData options of the client without paging, as v2 understands them. */
  readonly resource: 'Packages' | 'Search';
  readonly options: Readonly<Record<string, string>>;
  /** `$skiptoken`. */
  readonly after: string | null;
  readonly take: number;
  readonly withCount: boolean;
  /** As in `SourceSearch`. */
  readonly filters: readonly PathFilter[];
}

export interface SourceHits {
  readonly total: number;
  readonly hits: readonly SourceHit[];
}

export interface SourceIds {
  readonly total: number;
  readonly ids: readonly string[];
}

export interface SourceRows {
  /** Null when it was not asked for, or is not known. */
  readonly total: number | null;
  readonly rows: readonly SourceVersion[];
  readonly hasMore: boolean;
}

/** By id in lower case. */
export type VersionsById = ReadonlyMap<string, readonly SourceVersion[]>;

export interface SourceContent {
  readonly sizeBytes: number | null;
  /** Lower-case hex. */
  readonly sha512: string | null;
  /** Gives the body once. The stream fails when the body is not what was announced. */
  open(signal: AbortSignal): Readable;
  /** Key of the version whose download this is, where it is the own store's. */
  readonly countsFor?: number;
  /** Where it is the own store's. */
  readonly blob?: StoredBlob;
}

export interface PackageSource {
  /**
   * All versions of the ids, listed or not, ascending; ids that it does not have are left out.
   *
   * @param ids - in lower case.
   */
  versions(ids: readonly string[], ask: Ask): Promise<SourceAnswer<VersionsById>>;

  search(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceHits>>;

  complete(query: SourceSearch, ask: Ask): Promise<SourceAnswer<SourceIds>>;

  page(query: SourcePageQuery, ask: Ask): Promise<SourceAnswer<SourceRows>>;

  /** The package file; null when the source says that it has none. */
  content(
    of: { readonly id: string; readonly normalizedVersion: string },
    ask: Ask,
  ): Promise<SourceAnswer<SourceContent | null>>;
}
