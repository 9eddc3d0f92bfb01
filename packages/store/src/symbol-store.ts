/**
 * The symbols port: the PDBs of a version, by the keys that debuggers ask for.
 *
 * A version has one symbols package at most, whose blob holds all its PDBs; it goes with the version. Every implementation passes
 * the suite in `symbol-store-conformance.ts`. File names, ids and versions are compared without case.
 */
import type { SymbolFile } from '@feedfleet/nupkg';
import type { RemoveBlob } from './blob-store.ts';
import type { FeedQuota } from './metadata-store.ts';

export interface NewSymbols {
  readonly id: string;
  readonly normalizedVersion: string;
  /** SHA-512 of the symbols package, lower-case hex: the key of its blob. */
  readonly sha512: string;
  readonly sizeBytes: number;
  readonly files: readonly SymbolFile[];
}

export interface SymbolQuery {
  readonly fileName: string;
  /** In lower case. */
  readonly signature: string;
  /** SHA-256 in lower-case hex: only a file with one of these; any file when there are none. At most 16. */
  readonly checksums: readonly string[];
}

export interface FoundSymbolFile extends SymbolFile {
  /** Of the symbols package that it lies in. */
  readonly sha512: string;
}

export interface PutSymbolsOptions {
  readonly owner: string;
  readonly removeBlob: RemoveBlob;
  /** Symbols count like packages, by their bytes. Default: unlimited. */
  readonly quota?: FeedQuota | undefined;
}

export interface SymbolStore {
  /**
   * Puts the symbols of a version in the place of its former ones, settles the intent for the blob and bumps the revision in one
   * durable transaction; then calls `removeBlob` for the former symbols package, unless somebody else needs it.
   *
   * @returns `absent` when the feed has no such version; then the intent stays, to be abandoned.
   * @throws ProblemError `FF_QUOTA_EXCEEDED` when the feed would grow past its quota of bytes; `FF_STORE_UNAVAILABLE`, also when `owner` has no intent for the blob (any longer): it may be gone.
   */
  putSymbols(feedId: string, symbols: NewSymbols, options: PutSymbolsOptions): Promise<'added' | 'replaced' | 'absent'>;

  /**
   * Of several versions that have such a file, the one that was pushed first: who comes later cannot put another in its place.
   *
   * @throws ProblemError `FF_STORE_UNAVAILABLE`; the signal's reason.
   */
  findSymbols(feedId: string, query: SymbolQuery, signal?: AbortSignal): Promise<FoundSymbolFile | undefined>;
}
