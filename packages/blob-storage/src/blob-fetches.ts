/**
 * Opens package files: from the cache, else from the storage, else from another copy on this machine. One fetch at a time for each file,
 * however many wait for it; who stops waiting does not stop it.
 */
import type { Logger } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import type { StagedBlob, StoredBlob } from '@feedfleet/store';
import type { BlobCache } from './blob-cache.ts';
import type { GuardedStorage } from './guarded-storage.ts';
import type { ObjectWriter } from './object-writer.ts';
import type { OtherCopies } from './other-copies.ts';
import type { StorageMetrics } from './storage-metrics.ts';

export interface BlobFetchesOptions {
  readonly storage: GuardedStorage;
  readonly cache: BlobCache;
  readonly copies: OtherCopies;
  readonly writer: ObjectWriter;
  readonly metrics: Pick<StorageMetrics, 'opened' | 'mended'>;
  readonly log: Pick<Logger, 'error' | 'warn'>;
}

type Fetched = { readonly outcome: 'sound'; readonly staged: StagedBlob } | { readonly outcome: 'absent' | 'corrupt' };

export class BlobFetches {
  readonly #options: BlobFetchesOptions;
  readonly #underWay = new Map<string, Promise<StoredBlob | undefined>>();

  constructor(options: BlobFetchesOptions) {
    this.#options = options;
  }

  /**
   * @returns undefined when the storage says that there is none, and nobody else has a copy.
   * @throws ProblemError `FF_STORAGE_UNAVAILABLE`; `FF_CORRUPT` when the only copy does not match its hash.
   */
  async open(sha512: string): Promise<StoredBlob | undefined> {
    const cached = await this.#options.cache.find(sha512);
    if (cached !== undefined) {
      this.#options.metrics.opened('hit');
      return cached;
    }
    const underWay = this.#underWay.get(sha512);
    if (underWay !== undefined) return underWay;
    const opening = this.#open(sha512).finally(() => this.#underWay.delete(sha512));
    this.#underWay.set(sha512, opening);
    return opening;
  }

  async #open(sha512: string): Promise<StoredBlob | undefined> {
    const { metrics } = this.#options;
    let fetched: Fetched;
    try {
      fetched = await this.#fetch(sha512);
    } catch (error) {
      const copy = await this.#copied(sha512);
      metrics.opened(copy === undefined ? 'unavailable' : 'copied');
      if (copy === undefined) throw error;
      return copy;
    }
    if (fetched.outcome === 'sound') {
      metrics.opened('fetched');
      return this.#kept(fetched.staged);
    }
    const copy = await this.#copied(sha512);
    metrics.opened(copy === undefined ? fetched.outcome : 'copied');
    if (fetched.outcome === 'corrupt') {
      if (copy === undefined) throw this.#corrupt(sha512);
      this.#mend(copy);
    }
    return copy;
  }

  async #fetch(sha512: string): Promise<Fetched> {
    const { storage, cache, writer } = this.#options;
    const staged = await storage.read(writer.keyOf(sha512), ({ sizeBytes, body }) => cache.stage(body, sizeBytes));
    if (staged === undefined) return { outcome: 'absent' };
    if (staged.sha512 === sha512) return { outcome: 'sound', staged };
    await cache.discard(staged);
    return { outcome: 'corrupt' };
  }

  async #copied(sha512: string): Promise<StoredBlob | undefined> {
    const { cache, copies, log } = this.#options;
    for await (const copy of copies.of(sha512)) {
      try {
        const staged = await cache.stage(copy.open(), copy.sizeBytes);
        if (staged.sha512 === sha512) return await this.#kept(staged);
        await cache.discard(staged);
      } catch (error) {
        // It may have gone meanwhile; there may be a further one.
        log.error('copy of a package file not read', error);
      }
    }
    return undefined;
  }

  async #kept(staged: StagedBlob): Promise<StoredBlob | undefined> {
    const { cache } = this.#options;
    await cache.keep(staged);
    return cache.find(staged.sha512);
  }

  /** Nobody waits for it: who asked has a sound copy. */
  #mend(blob: StoredBlob): void {
    const { writer, metrics, log } = this.#options;
    const fields = { 'blob.sha512': blob.sha512 };
    writer.mend(blob).then(
      (outcome) => {
        if (outcome === 'left') return;
        metrics.mended();
        log.warn('package file in the storage is mended from another copy', fields);
      },
      (error: unknown) => log.error('package file in the storage is not mended', error, fields),
    );
  }

  #corrupt(sha512: string): ProblemError {
    const { storage, log } = this.#options;
    const detail = `blob ${sha512.slice(0, 12)} does not match its hash (${storage.title})`;
    const problem = new ProblemError('corrupt', { detail });
    log.error('blob is corrupt', problem, { 'blob.sha512': sha512 });
    return problem;
  }
}
