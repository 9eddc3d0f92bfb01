/** What a mirror is made of, and what a mirrored source asks of it. */
import type { SourceContent, VersionsById } from '@feedfleet/package-sources';
import type { BlobStore, CopiedSource, SourceCopies, SourceCopy } from '@feedfleet/store';

export interface MirrorOptions {
  readonly copies: SourceCopies;
  readonly blobs: BlobStore;
  /** Under whose name unfinished copies are announced: the instance. */
  readonly owner: string;
  /** Of all copies of the store, in bytes. */
  readonly maxBytes: number;
  /** Of one package, in bytes. */
  readonly maxPackageBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told of what could not be kept. */
  readonly onFault: (error: unknown) => void;
}

/** Which version a package file is of. */
export type CopiedVersion = Pick<SourceCopy, 'id' | 'normalizedVersion'>;

/** Tag of the words of a source about an id that it denies. */
export const DENIED_TAG = 'denied';

export interface Keeping {
  /** Keeps what the source has just said about ids: all that it has of them. */
  remember(copied: CopiedSource, said: VersionsById, answer: { readonly tag: string; readonly toldMs: number }): void;

  /** Forgets what the source said about ids, and gives no file of them, until it tells of them again: it does not let the credential in. */
  deny(copied: CopiedSource, ids: readonly string[]): void;

  /** The content, which is copied while somebody reads it. */
  copying(copied: CopiedSource, version: CopiedVersion, content: SourceContent): SourceContent;
}
