/**
 * The port of a mirror: what was downloaded from a foreign source, for as long as somebody wants it, and what the source last said about each
 * id, so that it can be said again while the source does not answer.
 *
 * Packages lie in the blob store, and count there as versions do: no collector removes them. They get there as pushes do: staged,
 * announced (`intendBlob`), committed, and made visible by `add`. Processes that only read packages write here too.
 *
 * Every implementation passes the suite in `source-copy-conformance.ts`. Ids and versions are compared without case.
 */

import type { RemoveBlob } from './blob-store.ts';

/** What copies are made of. The same source at another place is another one. */
export interface CopiedSource {
  /** The feed that has the source. */
  readonly feedId: string;
  readonly sourceId: string;
  /** Protocol and URL. */
  readonly origin: string;
}

export interface SourceCopy {
  readonly id: string;
  readonly normalizedVersion: string;
  /** Lower-case hex. */
  readonly sha512: string;
  readonly sizeBytes: number;
}

/** All that a source says about one id. */
export interface SourceDocument {
  /** Opaque to the store. */
  readonly content: Buffer;
  /** The same tag, the same content. */
  readonly tag: string;
  /** When it said so, in milliseconds since 1970. */
  readonly toldMs: number;
}

export interface NewSourceDocument extends SourceDocument {
  readonly id: string;
  /** It says that it has no such id. */
  readonly isNegative: boolean;
}

export interface CopyStatistics {
  readonly sourceId: string;
  readonly packages: number;
  readonly bytes: number;
}

/** Most ids of a source of which its words are kept, and most that it said it has not; the oldest make room. */
export const MAX_SOURCE_DOCUMENTS = 100_000;
export const MAX_NEGATIVE_DOCUMENTS = 10_000;

export type AddCopyOutcome =
  | 'added'
  /** There is a copy of the version already: it stays. */
  | 'known'
  /** All copies of the store together would grow past the bound. */
  | 'full';

export interface SourceCopies {
  find(
    source: CopiedSource,
    version: Pick<SourceCopy, 'id' | 'normalizedVersion'>,
  ): Promise<Pick<SourceCopy, 'sha512' | 'sizeBytes'> | undefined>;

  /** As `MetadataStore.intendBlob`. */
  intendBlob(sha512: string, owner: string): Promise<void>;

  /**
   * Adds a copy whose blob is committed, and settles its intent, in one durable transaction.
   *
   * @param options - `maxBytes`: of all copies of the store. `removeBlob` takes a blob away that is not needed after all.
   * @throws ProblemError `FF_STORE_UNAVAILABLE` when `owner` has no intent for the blob (any longer): it may be gone.
   */
  add(
    source: CopiedSource,
    copy: SourceCopy,
    options: { readonly owner: string; readonly maxBytes: number; readonly removeBlob: RemoveBlob },
  ): Promise<AddCopyOutcome>;

  /** As `MetadataStore.abandonBlob`. */
  abandonBlob(sha512: string, owner: string, removeBlob: RemoveBlob): Promise<void>;

  /** As `MetadataStore.releaseIntents`. */
  releaseIntents(owner: string, removeBlob: RemoveBlob): Promise<{ readonly removed: number }>;

  /** By id in lower case; ids about which nothing is known are left out. */
  documents(source: CopiedSource, ids: readonly string[]): Promise<ReadonlyMap<string, SourceDocument>>;

  /** Puts what the source says now in the place of what it said before. */
  putDocuments(source: CopiedSource, documents: readonly NewSourceDocument[]): Promise<void>;

  /** Of all sources that a feed has or had, by id. */
  statistics(feedId: string): Promise<readonly CopyStatistics[]>;

  /** Removes all that was kept of a source, batch by batch. @returns the copies that were there. */
  remove(feedId: string, sourceId: string, removeBlob: RemoveBlob): Promise<{ readonly packages: number }>;
}
