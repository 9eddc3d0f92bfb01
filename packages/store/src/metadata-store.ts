/**
 * The metadata port: package versions, per-feed revisions and the catalog.
 *
 * Every implementation passes the suite in `metadata-store-conformance.ts`. Ids and versions are compared without case;
 * callers pass them as a client wrote them (versions normalized).
 */
import type { PackageMetadata } from '@feedfleet/nupkg';
import type { RemoveBlob } from './blob-store.ts';
import type { PackageSearch } from './package-search.ts';
import type { FragmentKind, ReadOptions, StoredVersion } from './stored-version.ts';

export type { FragmentKind, LatestFlags, ReadOptions, StoredVersion } from './stored-version.ts';

interface Fragment {
  /** Version of the renderer that made it; readers render anew when theirs differs. At least 1. */
  readonly format: number;
  readonly text: string;
}

export type Fragments = Readonly<Record<FragmentKind, Fragment>>;

export interface NewPackageVersion {
  readonly metadata: PackageMetadata;
  /** SHA-512 of the package file, lower-case hex: the key of its blob. */
  readonly sha512: string;
  readonly sizeBytes: number;
  /** ISO instant. */
  readonly created: string;
  readonly listed: boolean;
  readonly fragments: Fragments;
}

/** Every version of a feed, in order of id (without case), then version. */
export interface ListQuery {
  /** `latest`: one version an id; `all`: every version. */
  readonly versions: 'all' | 'latest';
  readonly includePrerelease: boolean;
  readonly includeSemVer2: boolean;
  readonly includeUnlisted: boolean;
  /** As in a search; every version of the ids that match. */
  readonly text: string;
  readonly skip: number;
  readonly take: number;
}

export interface ListPage {
  readonly total: number;
  readonly versions: readonly StoredVersion[];
}

export type AddOutcome = 'added' | 'replaced' | 'duplicate';

/** Most that a feed may hold; null for no limit. */
export interface FeedQuota {
  readonly bytes: number | null;
  readonly packages: number | null;
  readonly versions: number | null;
}

/** What a feed allows a push to do. */
export interface AddRules {
  /**
   * Whether a version that is there is replaced, in one step for every reader. It keeps its downloads, and is listed as any
   * pushed one. Default: it is not, and stays.
   */
  readonly replace?: boolean;
  /** Default: no limits. */
  readonly quota?: FeedQuota;
}
export type ChangeOutcome = 'changed' | 'unchanged' | 'absent';

export interface CatalogEntry {
  /** Strictly increasing over the whole store. */
  readonly sequence: number;
  readonly feedId: string;
  readonly at: string;
  readonly kind: 'pushed' | 'unlisted' | 'relisted' | 'deleted' | 'deprecated' | 'undeprecated';
  readonly id: string;
  readonly normalizedVersion: string;
}

export interface MetadataStore extends PackageSearch {
  /**
   * Number of the feed's last change; 0 before the first. Cheap enough to ask on every request (microseconds) and never
   * older than any change that was acknowledged on this machine before the call.
   *
   * @throws ProblemError `FF_STORE_UNAVAILABLE`
   */
  revisionOf(feedId: string): number;

  /**
   * Announces that `owner` is about to put the blob `sha512` in place, so that a crash before `addVersion` leaves nothing
   * that is not found again by `releaseIntents`.
   */
  intendBlob(sha512: string, owner: string): Promise<void>;

  /**
   * Adds a version, settles the intent, bumps the revision and writes the catalog in one durable transaction.
   *
   * The file of a replaced version stays for some minutes, for readers that are on their way to it; see `collectBlobs`.
   *
   * @throws ProblemError `FF_STORE_UNAVAILABLE`, also when `owner` has no intent for the blob (any longer): it may be gone;
   *   `FF_QUOTA_EXCEEDED` when the feed would grow past its quota.
   */
  addVersion(feedId: string, added: NewPackageVersion, owner: string, rules?: AddRules): Promise<AddOutcome>;

  /** Drops one intent of a push that was refused; removes the blob through `removeBlob` when nothing needs it. */
  abandonBlob(sha512: string, owner: string, removeBlob: RemoveBlob): Promise<void>;

  /** Drops what a dead `owner` left: for each blob that nothing references, calls `removeBlob` while no other writer can claim it. */
  releaseIntents(owner: string, removeBlob: RemoveBlob): Promise<{ readonly removed: number }>;

  /** Removes, through `removeBlob`, the files of replaced versions whose time is over. Cheap when there are none. */
  collectBlobs(removeBlob: RemoveBlob): Promise<{ readonly removed: number }>;

  setListed(feedId: string, id: string, normalizedVersion: string, listed: boolean): Promise<ChangeOutcome>;

  /** Removes a version for good; calls `removeBlob` when it was the last reference to its blob. */
  deleteVersion(feedId: string, id: string, normalizedVersion: string, removeBlob: RemoveBlob): Promise<ChangeOutcome>;

  /** All versions of an id, listed or not, ascending by NuGet order; empty for an unknown id. */
  versionsOf(feedId: string, id: string, options?: ReadOptions): Promise<readonly StoredVersion[]>;

  version(
    feedId: string,
    id: string,
    normalizedVersion: string,
    options?: ReadOptions,
  ): Promise<StoredVersion | undefined>;

  list(feedId: string, query: ListQuery, options?: ReadOptions): Promise<ListPage>;

  /** Changes after `sequence`, oldest first, at most `limit`. */
  catalogAfter(sequence: number, limit: number): Promise<readonly CatalogEntry[]>;

  /** Removes every version of a feed in batches, then its vulnerabilities; calls `removeBlob` as `deleteVersion` does. */
  deleteFeed(feedId: string, removeBlob: RemoveBlob): Promise<{ readonly removed: number }>;

  statistics(feedId: string): Promise<{ readonly packages: number; readonly versions: number; readonly bytes: number }>;

  close(): void;
}
