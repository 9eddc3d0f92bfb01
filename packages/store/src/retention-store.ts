/**
 * The retention port: what a keeper of a feed needs to know which versions may go, and how it removes them.
 *
 * Every implementation passes the suite in `retention-conformance.ts`. Ids and versions are compared without case.
 */
import type { RemoveBlob } from './blob-store.ts';
import type { ChangeOutcome } from './metadata-store.ts';

export interface VersionIdentity {
  readonly id: string;
  readonly normalizedVersion: string;
}

/** A version that has a dependency. */
export interface Dependent extends VersionIdentity {
  /** Of the dependency, in interval notation. */
  readonly range: string;
}

/** A version that no retention removes, by somebody's word. There need be no such version (any longer). */
export interface Pin extends VersionIdentity {
  /** Why; may be empty. */
  readonly note: string;
  /** ISO instant. */
  readonly at: string;
}

/** Part of a long list. `next` continues it; null at its end. */
export interface Chunk<Item, Cursor> {
  readonly items: readonly Item[];
  readonly next: Cursor | null;
}

/** More versions than these; null for any number. */
export interface KeptVersions {
  readonly stable: number | null;
  readonly prerelease: number | null;
}

export type DeletionOutcome =
  /** The feed's revision is now `revision`. */
  | { readonly outcome: 'deleted'; readonly revision: number }
  /** Somebody has changed the feed: nothing was deleted. */
  | { readonly outcome: 'outdated' };

export interface RetentionStore {
  /**
   * Ids that have more stable or more pre-release versions than `kept`, in order. A part may be empty and still have a next one.
   *
   * @param after - of the part before; '' to begin.
   */
  idsWithMoreThan(feedId: string, kept: KeptVersions, after: string): Promise<Chunk<string, string>>;

  /**
   * Versions that depend on `id`, each range once a version.
   *
   * @param after - of the part before; 0 to begin.
   */
  dependentsOf(feedId: string, id: string, after: number): Promise<Chunk<Dependent, number>>;

  /** In order of id and version. */
  pins(feedId: string): Promise<readonly Pin[]>;

  /**
   * @throws ProblemError `FF_CONFLICT` when the feed has its most pins.
   * @returns `absent` when the feed has no such version; `unchanged` when it is pinned with the same note.
   */
  pin(feedId: string, version: VersionIdentity, note: string): Promise<ChangeOutcome>;

  /** @returns `absent` when it is not pinned. */
  unpin(feedId: string, version: VersionIdentity): Promise<ChangeOutcome>;

  /**
   * Deletes versions in one transaction, if the feed's revision is still the one at which they were chosen; calls `removeBlob` as
   * `MetadataStore.deleteVersion` does. Versions that are not there are left out.
   */
  deleteAtRevision(
    feedId: string,
    versions: readonly VersionIdentity[],
    revision: number,
    removeBlob: RemoveBlob,
  ): Promise<DeletionOutcome>;
}
