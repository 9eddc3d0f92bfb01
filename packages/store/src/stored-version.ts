/** A version as the ports of the store give it out. */
import type { PackageMetadata } from '@feedfleet/nupkg';

/** Fragments are rendered once at push and concatenated at read. Opaque to the store. */
export type FragmentKind = 'v2-entry' | 'v3-leaf';

/** Which of an id's versions are the newest listed ones, with and without pre-releases, with and without SemVer 2. */
export interface LatestFlags {
  readonly isLatest: boolean;
  readonly isAbsoluteLatest: boolean;
  readonly isLatestSemVer2: boolean;
  readonly isAbsoluteLatestSemVer2: boolean;
}

export interface StoredVersion extends LatestFlags {
  /** Names this version among all that the store ever had: one that is pushed again after its deletion has another. */
  readonly key: number;
  readonly id: string;
  readonly version: string;
  readonly normalizedVersion: string;
  readonly isPrerelease: boolean;
  readonly isSemVer2: boolean;
  readonly listed: boolean;
  readonly created: string;
  /** ISO instant of the last change (push, unlist, relist, deprecation). */
  readonly lastEdited: string;
  readonly downloads: number;
  /** Of all versions of the id. */
  readonly totalDownloads: number;
  readonly sizeBytes: number;
  readonly sha512: string;
  /** Of its last entry in the feed's catalog. */
  readonly commitNumber: number;
  /** Of its last entry in the feed's catalog: microseconds since 1970. */
  readonly committedUs: number;
  /** Text of the fragment that was asked for; empty when none was. */
  readonly fragment: string;
  /** Format of the fragment that was asked for; 0 when none was. */
  readonly fragmentFormat: number;
  /** Parsed on first use. */
  readonly metadata: PackageMetadata;
}

export interface ReadOptions {
  readonly fragment?: FragmentKind;
  readonly signal?: AbortSignal;
}
