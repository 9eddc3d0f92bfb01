/**
 * The port between HTTP and a NuGet protocol: a protocol answers a query about one feed with bytes, a blob or a stream,
 * and knows nothing of sockets, keys, caches, ETags, ranges or compression.
 */
import type { Readable } from 'node:stream';

import type { FeedHierarchy } from '@feedfleet/aggregation';
import type { PackageSource, SourceContent } from '@feedfleet/package-sources';
import type { Feed } from '@feedfleet/registry-client';
import type { StoredBlob } from '@feedfleet/store';

export interface FeedQuery {
  readonly feed: Feed;
  readonly method: 'GET' | 'POST';
  /** What follows the mount, percent-encoded as sent, `/` at least, without query: `/Packages(Id='A',Version='1.0')`. */
  readonly path: string;
  /** Raw query string without `?`; empty when there is none. */
  readonly search: string;
  /** Body of a POST, at most 64 KiB of text; empty otherwise. */
  readonly body: string;
  /** How the client reached the feed, absolute, no slash at the end: `https://host/prefix/F/Name[/auth/KEY]`. All links in an answer start with it. */
  readonly feedUrl: string;
  /** `feedUrl` plus the mount that was asked: `.../F/Name` (default), `.../F/Name/api/v2`, `.../F/Name/api/v3`. */
  readonly baseUrl: string;
  readonly signal: AbortSignal;
  /** What the header that the protocol `variesBy` asks for; empty when it was not sent. */
  readonly variant?: string;
  /**
   * The feed together with what it references, for this query; undefined for a feed without sources, and wherever the feed's own
   * packages are meant. The protocol asks it in place of the store for everything that is about packages. An answer that asked it
   * depends on the URL, the feed and what it was told, and is kept as such (`revision`).
   */
  readonly hierarchy?: FeedHierarchy;
  /** Asked by another endpoint of this fleet on behalf of a feed that references this one: only then paths below `/-/` are served. */
  readonly leaf?: boolean;
}

export interface BytesAnswer {
  readonly kind: 'bytes';
  readonly status: 200 | 202 | 204;
  readonly contentType: string;
  readonly body: Buffer;
  /** `negotiated`: compressed when the client accepts it; `always`: also when it does not say so, where the protocol promises it. */
  readonly gzip: 'negotiated' | 'always' | 'never';
  /**
   * `revision`: the answer depends on the feed's packages and the URL alone, so it is kept in memory and validated by ETag;
   * `none`: made for this request only.
   */
  readonly keep: 'revision' | 'none';
  /**
   * Names the content where it can outlive changes of the feed, so that clients which have it are told so (with `keep: revision`
   * only). The same name, the same bytes, for one URL. Printable, no quotes. Default: the feed's revision.
   */
  readonly entity?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A download: ranges, HEAD and a strong ETag come from the host of the protocol. */
export interface BlobAnswer {
  readonly kind: 'blob';
  readonly contentType: string;
  readonly fileName: string;
  readonly blob: StoredBlob;
  /** The version (`StoredVersion.key`) that a download of this counts for. Default: it is not counted. */
  readonly counts?: { readonly versionKey: number };
}

/**
 * Content that is made while it is sent, and that is the same for ever: clients and caches keep it without asking again. HEAD and a
 * strong ETag come from the host of the protocol; there are no ranges.
 */
export interface StreamAnswer {
  readonly kind: 'stream';
  readonly contentType: string;
  readonly fileName: string;
  readonly sizeBytes: number;
  /** Names these bytes among all. Printable, no quotes. */
  readonly tag: string;
  /** Opens the content anew, for one client. @throws ProblemError when it cannot be read. */
  open(): Readable;
}

/** A download that is passed on from a package source, never kept; HEAD and an ETag come from the host of the protocol, there are no ranges. */
export interface RelayAnswer {
  readonly kind: 'relay';
  readonly contentType: string;
  readonly fileName: string;
  readonly content: SourceContent;
}

/** A request header that an answer may depend on; `bytes` and `stream` answers say so (`Vary`). */
export interface VariesBy {
  /** In lower case. */
  readonly header: string;
  /**
   * Names what the value asks for; empty for what is asked without the header. Answers are kept apart by these names, so a protocol
   * whose `bytes` answers are kept has but a few of them, whatever clients send. Printable, no quotes.
   */
  variantOf(value: string): string;
}

export type Answer = BytesAnswer | BlobAnswer | StreamAnswer | RelayAnswer;

export interface FeedProtocol {
  /** Path between the feed and the protocol's own paths: ``, `/api/v2`, `/api/v3`. */
  readonly mount: string;
  /** Further places of the same paths; of several that fit, the longest counts. Default: none. */
  readonly otherMounts?: readonly string[];
  /** Methods that are answered; HEAD is made from GET. Default: GET, HEAD and POST. */
  readonly methods?: readonly ('GET' | 'HEAD' | 'POST')[];
  /**
   * Paths (as in `FeedQuery.path`) whose GET and HEAD are answered without a credential on private feeds too, for clients that
   * take a 401 for the end. Their answers say nothing of the feed but its URL, and are not kept (`none`): an ETag tells of
   * changes. A credential that is sent is judged as everywhere. Default: none.
   */
  readonly openPaths?: readonly string[];
  /** What answers may depend on beside the URL. Default: nothing. */
  readonly variesBy?: VariesBy;
  /** Changes whenever the same packages are rendered into other bytes: a part of every ETag. Printable, no quotes. Default `1`. */
  readonly format?: string;
  /**
   * What a feed has itself, as a package source. Given by protocols that ask `FeedQuery.hierarchy`; without it, nothing is ever
   * answered from the sources of a feed.
   */
  readonly localSource?: (feed: Feed) => PackageSource | Promise<PackageSource>;
  /**
   * @throws ProblemError for everything that is not an answer: `noSuchPackage`, `invalidQuery`, `noSuchResource`, ...
   */
  answer(query: FeedQuery): Promise<Answer>;
}
