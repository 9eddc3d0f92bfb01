/**
 * Push of symbols packages, without HTTP.
 *
 * Source: NuGet server API, "Push Symbol Packages": the package has to be there, and symbols may be pushed again.
 */
import { inspectSymbols } from '@feedfleet/nupkg';
import type { InspectedSymbols, PackageLimits } from '@feedfleet/nupkg';
import { ProblemError } from '@feedfleet/problems';
import type { RemoveBlob, StagedBlob, SymbolStore } from '@feedfleet/store';
import { BlobPublication } from './blob-publication.ts';
import type { BlobPublicationOptions } from './blob-publication.ts';
import type { PushedPackage, PushRequest } from './push-service.ts';

export interface SymbolPushServiceOptions extends BlobPublicationOptions {
  readonly symbols: SymbolStore;
  readonly packageLimits: PackageLimits;
}

export class SymbolPushService {
  readonly #options: SymbolPushServiceOptions;
  readonly #publication: BlobPublication;

  constructor(options: SymbolPushServiceOptions) {
    this.#options = options;
    this.#publication = new BlobPublication(options);
  }

  /**
   * Returns when the symbols are durable and a debugger finds them.
   *
   * @throws ProblemError `FF_INVALID_PACKAGE`, `FF_NO_SUCH_PACKAGE`, `FF_BODY_TOO_LARGE`, `FF_STORE_UNAVAILABLE`, what `permit` or
   *   `turn` throws, or the signal's reason; then nothing of the symbols is left, and the former ones are still there.
   */
  push(request: PushRequest): Promise<PushedPackage> {
    return this.#publication.staged(request, async (staged) => {
      const inspected = await this.#inspect(request, staged);
      const outcome = await this.#publish(request, { staged, inspected });
      const { id, normalizedVersion } = inspected.package;
      return { id, normalizedVersion, sizeBytes: staged.sizeBytes, outcome, warnings: [] };
    });
  }

  async #inspect({ feed, permit, signal }: PushRequest, staged: StagedBlob): Promise<InspectedSymbols> {
    const { packageLimits, metadata } = this.#options;
    const inspected = await inspectSymbols(staged.path, packageLimits, signal);
    const { id, normalizedVersion } = inspected.package;
    permit(id);
    // Cheaper than to find it out in the last step, where it is decided.
    if ((await metadata.version(feed.id, id, normalizedVersion)) === undefined) throw packageMissing(inspected);
    return inspected;
  }

  async #publish(
    { feed, permit, signal }: PushRequest,
    { staged, inspected }: { readonly staged: StagedBlob; readonly inspected: InspectedSymbols },
  ): Promise<PushedPackage['outcome']> {
    const { symbols, blobs, owner } = this.#options;
    const { id, normalizedVersion } = inspected.package;
    const { sha512, sizeBytes } = staged;
    signal.throwIfAborted();
    return this.#publication.publish(staged, async () => {
      // All that came before took its time: meanwhile the feed may have been deleted, or the key revoked.
      permit(id);
      const added = { id, normalizedVersion, sha512, sizeBytes, files: inspected.files };
      const removeBlob: RemoveBlob = (unneeded) => blobs.remove(unneeded);
      const quota = { bytes: feed.quotaBytes, packages: null, versions: null };
      const outcome = await symbols.putSymbols(feed.id, added, { owner, removeBlob, quota });
      if (outcome === 'absent') throw packageMissing(inspected);
      return outcome;
    });
  }
}

function packageMissing({ package: { id, normalizedVersion } }: InspectedSymbols): ProblemError {
  const reason = `${id} ${normalizedVersion} is not in the feed; push the package before its symbols`;
  return new ProblemError('noSuchPackage', { detail: reason, reason });
}
