/**
 * The port to a storage of objects: what the cache before it needs of Azure Blob Storage or of S3, and no more.
 *
 * Each call rejects with whatever the SDK behind it fails with; `failureOf` of the same implementation says what that means.
 */
import type { Readable } from 'node:stream';
import type { StorageFailure } from './storage-failure.ts';

export interface ObjectFacts {
  readonly sizeBytes: number;
  /** Changes with each write: the ETag. */
  readonly tag: string;
  /** As the writer said it; undefined when that was none of us. Lower-case hex. */
  readonly sha512: string | undefined;
}

export interface StoredObject {
  readonly sizeBytes: number;
  readonly body: Readable;
}

/** A local file to be written. */
export interface ObjectFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha512: string;
}

/** Nothing is overwritten unseen. */
export type WriteCondition = { readonly kind: 'absent' } | { readonly kind: 'unchanged'; readonly tag: string };

export interface WriteOptions {
  readonly condition: WriteCondition;
  readonly signal: AbortSignal;
  /** Told after each part. */
  readonly progress: () => void;
}

export interface ObjectStorage {
  /** What it is called in messages: no address, no name of a container. */
  readonly title: string;
  /** @returns undefined only when the storage says that there is none. */
  facts(key: string, signal: AbortSignal): Promise<ObjectFacts | undefined>;
  /** @returns undefined only when the storage says that there is none. The body ends with `signal`. */
  read(key: string, signal: AbortSignal): Promise<StoredObject | undefined>;
  /** In parts, each with a checksum that the storage compares. @returns `refused` when the condition does not hold. */
  write(key: string, file: ObjectFile, options: WriteOptions): Promise<'written' | 'refused'>;
  /** Also when there is none. */
  remove(key: string, signal: AbortSignal): Promise<void>;
  failureOf(error: unknown): StorageFailure;
  /** Ends idle connections. */
  close(): void;
}
