/**
 * Push, unlist, relist and delete, without HTTP.
 *
 * A push is durable in this order: the file is staged and synced, inspected, announced (`intendBlob`), put in place
 * (`commit`), and made visible by one durable transaction (`addVersion`). A failure at any step takes back the steps before
 * it; a crash leaves what the next start of the same owner finds by its announcement or in its staging folder.
 */
import { inspectPackage } from '@feedfleet/nupkg';
import type { InspectedPackage, PackageLimits, PackageMetadata } from '@feedfleet/nupkg';
import { ProblemError } from '@feedfleet/problems';
import type { Feed } from '@feedfleet/registry-client';
import type { BlobStore, Fragments, MetadataStore, RemoveBlob, StagedBlob } from '@feedfleet/store';
import { RecentDeletions } from './recent-deletions.ts';
import { packageWarnings, quotaWarnings } from './upload-warnings.ts';

/** How far the clocks and time zones of those who pack may be ahead. */
const CLOCK_SKEW_MS = 24 * 3600 * 1000;

/** What the protocols make of a version once, so that reads only join it. */
export type RenderFragments = (metadata: PackageMetadata, facts: FragmentFacts) => Fragments;

export interface FragmentFacts {
  /** SHA-512 of the package file, lower-case hex. */
  readonly sha512: string;
  readonly sizeBytes: number;
  /** ISO instant of the push. */
  readonly created: string;
}

export interface PushServiceOptions {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  readonly renderFragments: RenderFragments;
  readonly packageLimits: PackageLimits;
  /** Under whose name unfinished pushes are announced: the instance, the same after a restart. */
  readonly owner: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Told when taking back a push failed; what is left is collected at the next start. */
  readonly onLitter: (error: unknown) => void;
}

export interface PushRequest {
  readonly feed: Feed;
  readonly content: AsyncIterable<Uint8Array>;
  /** As the client names it; empty when it does not. */
  readonly fileName: string;
  readonly maxBytes: number;
  /** Whether searches and latest versions show it from the push on; restores by version work either way. */
  readonly listed: boolean;
  /** Throws when the sender may not push this id. Asked as soon as the id is known, and once more before it is made visible. */
  readonly permit: (packageId: string) => void;
  /** Waited for once the body is staged, before the package is inspected and published. @returns ends the turn. */
  readonly turn: () => Promise<() => void>;
  readonly signal: AbortSignal;
}

export interface PushedPackage {
  readonly id: string;
  readonly normalizedVersion: string;
  readonly sizeBytes: number;
  readonly outcome: 'added' | 'replaced';
  /** What the client is to be told, one sentence each; none when the feed does not want it. */
  readonly warnings: readonly string[];
}

export interface VersionAddress {
  readonly feed: Feed;
  readonly id: string;
  readonly normalizedVersion: string;
}

export class PushService {
  readonly #options: PushServiceOptions;
  readonly #deleted = new RecentDeletions();

  constructor(options: PushServiceOptions) {
    this.#options = options;
  }

  /** Collects what this owner left when it died. Called once, before the first push. */
  async recover(): Promise<{ readonly stagedFiles: number; readonly blobs: number }> {
    const { metadata, blobs, owner } = this.#options;
    const staged = await blobs.sweepStaging();
    const released = await metadata.releaseIntents(owner, this.#removeBlob);
    return { stagedFiles: staged.removed, blobs: released.removed };
  }

  /** Removes the files of replaced versions whose time is over. Called now and then; never rejects. */
  async collect(): Promise<void> {
    try {
      await this.#options.metadata.collectBlobs(this.#removeBlob);
    } catch (error) {
      this.#options.onLitter(error);
    }
  }

  /**
   * Returns when the package is durable and visible.
   *
   * @throws ProblemError `FF_INVALID_PACKAGE`, `FF_PACKAGE_EXISTS`, `FF_QUOTA_EXCEEDED`, `FF_BODY_TOO_LARGE`,
   *   `FF_STORE_UNAVAILABLE`, what `permit` or `turn` throws, or the signal's reason; then nothing of the package is left.
   */
  async push(request: PushRequest): Promise<PushedPackage> {
    const { blobs } = this.#options;
    refuseSymbolsFile(request.fileName);
    const staged = await blobs.stage(request.content, { maxBytes: request.maxBytes, signal: request.signal });
    try {
      return await this.#takeTurn(request, staged);
    } finally {
      // After a commit there is nothing to discard, and discarding again is harmless.
      await this.#takeBack(blobs.discard(staged));
    }
  }

  /** What `DELETE` does, by the feed's setting. A repeated one succeeds. */
  async remove(address: VersionAddress): Promise<'unlisted' | 'deleted'> {
    const { metadata } = this.#options;
    const { feed, id, normalizedVersion } = address;
    if (feed.deletion === 'unlist') {
      await this.setListed(address, false);
      return 'unlisted';
    }
    const outcome = await metadata.deleteVersion(feed.id, id, normalizedVersion, this.#removeBlob);
    if (outcome === 'absent' && !this.#deleted.has(address)) throw unknownVersion(address);
    this.#deleted.add(address);
    return 'deleted';
  }

  /** @throws ProblemError `FF_NO_SUCH_PACKAGE` */
  async isListed(address: VersionAddress): Promise<boolean> {
    const { feed, id, normalizedVersion } = address;
    const version = await this.#options.metadata.version(feed.id, id, normalizedVersion);
    if (version === undefined) throw unknownVersion(address);
    return version.listed;
  }

  /** @throws ProblemError `FF_NO_SUCH_PACKAGE` */
  async setListed(address: VersionAddress, listed: boolean): Promise<void> {
    const { feed, id, normalizedVersion } = address;
    const outcome = await this.#options.metadata.setListed(feed.id, id, normalizedVersion, listed);
    if (outcome === 'absent') throw unknownVersion(address);
  }

  readonly #removeBlob: RemoveBlob = (sha512) => this.#options.blobs.remove(sha512);

  async #takeTurn(request: PushRequest, staged: StagedBlob): Promise<PushedPackage> {
    const endTurn = await request.turn();
    try {
      const { metadata } = await this.#inspect(request, staged);
      const outcome = await this.#publish(request, { staged, metadata });
      const { id, normalizedVersion } = metadata;
      const warnings = await this.#warnings(request.feed, metadata);
      return { id, normalizedVersion, sizeBytes: staged.sizeBytes, outcome, warnings };
    } finally {
      endTurn();
    }
  }

  async #inspect(request: PushRequest, staged: StagedBlob): Promise<InspectedPackage> {
    const limits = { ...this.#options.packageLimits, latestChangeMs: this.#options.now() + CLOCK_SKEW_MS };
    const inspected = await inspectPackage(staged.path, limits, request.signal);
    const { id, normalizedVersion } = inspected.metadata;
    if (inspected.kind === 'symbols') throw symbolsRefusal();
    request.permit(id);
    // Cheaper than to find it out in the last step, where it is decided.
    if (!mayReplace(request.feed, inspected.metadata)) {
      const existing = await this.#options.metadata.version(request.feed.id, id, normalizedVersion);
      if (existing !== undefined) throw packageExists(inspected.metadata);
    }
    return inspected;
  }

  /** The package is in the feed already: what fails here is not the client's to know. */
  async #warnings(feed: Feed, metadata: PackageMetadata): Promise<readonly string[]> {
    if (!feed.uploadWarnings) return [];
    const warnings = packageWarnings(metadata);
    if (feed.quotaBytes === null && feed.quotaPackages === null && feed.quotaVersions === null) return warnings;
    try {
      return [...quotaWarnings(feed, await this.#options.metadata.statistics(feed.id)), ...warnings];
    } catch {
      return warnings;
    }
  }

  async #publish(
    { feed, listed, permit, signal }: PushRequest,
    { staged, metadata }: { readonly staged: StagedBlob; readonly metadata: PackageMetadata },
  ): Promise<'added' | 'replaced'> {
    const { metadata: store, blobs, renderFragments, owner, now } = this.#options;
    const { sha512, sizeBytes } = staged;
    const facts: FragmentFacts = { sha512, sizeBytes, created: new Date(now()).toISOString() };
    const fragments = renderFragments(metadata, facts);
    refuseLargeFragments(fragments);
    signal.throwIfAborted();
    await store.intendBlob(sha512, owner);
    try {
      await blobs.commit(staged);
      // All that came before took its time: meanwhile the feed may have been deleted, or the key revoked.
      permit(metadata.id);
      const added = { metadata, ...facts, listed, fragments };
      const quota = { bytes: feed.quotaBytes, packages: feed.quotaPackages, versions: feed.quotaVersions };
      const rules = { replace: mayReplace(feed, metadata), quota };
      const outcome = await store.addVersion(feed.id, added, owner, rules);
      if (outcome === 'duplicate') throw packageExists(metadata);
      return outcome;
    } catch (error) {
      await this.#takeBack(store.abandonBlob(sha512, owner, this.#removeBlob));
      throw error;
    }
  }

  /** The failure that led here is the one to be told; what cannot be taken back now is collected at the next start. */
  async #takeBack(undoing: Promise<void>): Promise<void> {
    try {
      await undoing;
    } catch (error) {
      this.#options.onLitter(error);
    }
  }
}

function mayReplace({ overwrite }: Feed, { isPrerelease }: PackageMetadata): boolean {
  return overwrite === 'always' || (overwrite === 'prerelease' && isPrerelease);
}

/** Documents join the fragments of a hundred versions and more in memory, and anybody may ask for several at once. */
const MAX_FRAGMENT_BYTES = 128 * 1024;

function refuseLargeFragments(fragments: Fragments): void {
  const largest = Math.max(...Object.values(fragments).map(({ text }) => Buffer.byteLength(text)));
  if (largest <= MAX_FRAGMENT_BYTES) return;
  const reason = `The texts and dependencies of the nuspec take ${largest} bytes in a feed; at most ${MAX_FRAGMENT_BYTES} are allowed`;
  throw new ProblemError('invalidPackage', { detail: reason, reason });
}

function refuseSymbolsFile(fileName: string): void {
  if (/\.(?:snupkg|symbols\.nupkg)$/i.test(fileName)) throw symbolsRefusal();
}

function symbolsRefusal(): ProblemError {
  const reason = 'Symbols packages are not taken here; push them to /F/<feed>/api/v2/symbolpackage';
  return new ProblemError('invalidPackage', { detail: reason, reason });
}

function packageExists({ id, normalizedVersion }: PackageMetadata): ProblemError {
  return new ProblemError('packageExists', {
    detail: `${id} ${normalizedVersion} is in the feed`,
    reason: `${id} ${normalizedVersion} exists already`,
  });
}

function unknownVersion({ feed, id, normalizedVersion }: VersionAddress): ProblemError {
  return new ProblemError('noSuchPackage', { detail: `the feed ${feed.name} has no ${id} ${normalizedVersion}` });
}
