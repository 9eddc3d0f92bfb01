/**
 * The blob port: package files by the SHA-512 of their content, written once, verified on read.
 *
 * Every implementation passes the suite of the package `blob-store-conformance`.
 */
import type { Readable } from 'node:stream';

/** A file on its way in: complete, hashed and synced, but not yet visible. */
export interface StagedBlob {
  /** Lower-case hex. */
  readonly sha512: string;
  readonly sizeBytes: number;
  /** A local file with the content, to inspect it before it is committed. */
  readonly path: string;
}

export interface StoredBlob {
  readonly sha512: string;
  readonly sizeBytes: number;
  /** The whole content when it is small and hot; otherwise undefined: use `stream`. */
  readonly bytes: Buffer | undefined;
  /** Content from `start` to `end`, both inclusive; all of it by default. */
  stream(range?: { readonly start: number; readonly end: number }): Readable;
  /** A local path of the verified content, for readers that need random access. */
  readonly path: string;
}

/** Takes a blob away that nobody needs. What it returns is waited for. */
export type RemoveBlob = (sha512: string) => unknown;

export interface BlobStore {
  /**
   * Streams `source` into staging while hashing.
   *
   * @throws ProblemError `FF_BODY_TOO_LARGE` past `maxBytes`; nothing is left behind, also when `source` fails or `signal` aborts.
   */
  stage(
    source: AsyncIterable<Uint8Array>,
    options: { readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<StagedBlob>;
  /** Makes the blob visible under its hash, durably. Idempotent: the same content may be there already. */
  commit(staged: StagedBlob): Promise<void>;
  discard(staged: StagedBlob): Promise<void>;
  /**
   * Opens a blob whose content has been verified against its hash (once per process and file state).
   *
   * @returns undefined when there is none.
   * @throws ProblemError `FF_CORRUPT` when the content does not match its hash.
   */
  open(sha512: string): Promise<StoredBlob | undefined>;
  /**
   * Removes the blob; readers that opened it go on. At once where it can; a store that has to ask somebody returns a promise, which
   * resolves when the blob is known to be gone. Idempotent.
   */
  remove(sha512: string): void | Promise<void>;
  /** Removes what this instance left in staging when it died. */
  sweepStaging(): Promise<{ readonly removed: number }>;
}
