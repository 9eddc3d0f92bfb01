/**
 * The blob port on a storage of objects, read through a cache on the disk.
 *
 * A push is staged on the disk and is in the storage before it is acknowledged. What is opened is fetched as a whole, compared with its
 * hash, and only then given; what is in the cache is given without asking anybody, so that it can be while the storage cannot. Many who
 * want the same wait for one fetch. What turns out to be damaged in the storage, or missing there, is taken from another copy on this
 * machine if there is a sound one. What is damaged is mended with it; what is missing is not put back: it may have been removed on purpose.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { StagingFolder } from '@feedfleet/store';
import type { BlobStore, StagedBlob, StoredBlob } from '@feedfleet/store';
import type { BlobFetches } from './blob-fetches.ts';
import type { ObjectWriter } from './object-writer.ts';
import type { GuardedStorage } from './guarded-storage.ts';
import type { BlobCache } from './blob-cache.ts';

const SHA512 = /^[0-9a-f]{128}$/;

export interface RemoteBlobStoreOptions {
  readonly stagingFolder: string;
  readonly storage: GuardedStorage;
  readonly cache: BlobCache;
  readonly fetches: BlobFetches;
  readonly writer: ObjectWriter;
  /** How long a reader waits for a fetch, in milliseconds: the fetch goes on without it. */
  readonly maxWaitMs: number;
  readonly log: Pick<Logger, 'error'>;
}

export class RemoteBlobStore implements BlobStore {
  readonly #options: RemoteBlobStoreOptions;
  readonly #staging: StagingFolder;
  readonly #committed = new WeakSet<StagedBlob>();

  constructor(options: RemoteBlobStoreOptions) {
    this.#options = options;
    this.#staging = new StagingFolder(options.stagingFolder);
  }

  /** Refused while writes to the storage are: nobody has to send a body in vain. */
  async stage(source: AsyncIterable<Uint8Array>, options: Parameters<BlobStore['stage']>[1]): Promise<StagedBlob> {
    const refusal = this.#options.storage.writeRefusal();
    if (refusal !== undefined) throw refusal;
    return this.#staging.stage(source, options);
  }

  async commit(staged: StagedBlob): Promise<void> {
    const { writer, cache, log } = this.#options;
    if (this.#committed.has(staged)) return;
    await writer.put(staged);
    this.#committed.add(staged);
    try {
      await cache.keep(staged);
    } catch (error) {
      // It is where it has to be.
      log.error('pushed file not kept in the storage cache', error);
    }
    await this.#staging.release(staged);
  }

  discard(staged: StagedBlob): Promise<void> {
    return this.#staging.release(staged);
  }

  async open(sha512: string): Promise<StoredBlob | undefined> {
    if (!SHA512.test(sha512)) return undefined;
    const { fetches, maxWaitMs } = this.#options;
    const patience = new AbortController();
    const tooLong = delay(maxWaitMs, undefined, { signal: patience.signal }).then(() => {
      throw this.#tooSlow();
    });
    tooLong.catch(() => undefined);
    try {
      return await Promise.race([fetches.open(sha512), tooLong]);
    } finally {
      patience.abort();
    }
  }

  async remove(sha512: string): Promise<void> {
    const { cache, writer } = this.#options;
    if (!SHA512.test(sha512)) {
      throw new ProblemError('invalidArgument', { detail: 'a SHA-512 is 128 lower-case hexadecimal digits' });
    }
    cache.remove(sha512);
    await writer.remove(sha512);
  }

  sweepStaging(): Promise<{ readonly removed: number }> {
    return this.#staging.sweep();
  }

  #tooSlow(): ProblemError {
    const detail = `the package file is still on its way (${this.#options.storage.title})`;
    const reason = `The storage of package files is slow: ${detail}`;
    return new ProblemError('storageUnavailable', { detail, reason, retryAfterSeconds: 5 });
  }
}
