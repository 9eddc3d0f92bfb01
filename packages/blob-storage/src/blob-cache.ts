/**
 * What is kept on the disk of what is in the storage: a folder of its own for each process, bounded by bytes; what was used longest ago
 * goes first.
 *
 * Nothing here is ever needed: a file that is missing or damaged is a miss. A file gets its name when it is whole and synced, and is
 * compared with its hash before it is given, so that a crash at any moment leaves nothing that could be served wrongly.
 */
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { DiskBlobStore } from '@feedfleet/store';
import type { StagedBlob, StoredBlob } from '@feedfleet/store';

export interface BlobCacheOptions {
  /** Created when it is missing. */
  readonly folder: string;
  /** Of all files together; a single larger one is kept until the next comes. */
  readonly maxBytes: number;
  /** Bound of the small ones that are kept in memory too; 0 keeps none. */
  readonly memoryCacheBytes: number;
  readonly log: Pick<Logger, 'error' | 'warn'>;
  /** Milliseconds, from any start. */
  readonly now: () => number;
}

/** What was used so lately may be about to be read: it stays, for so long also beyond the bound. */
const GRACE_MS = 5_000;
/** Part of the bound that is given up at once when the disk is full. */
const SHARE_LEFT_ON_FULL_DISK = 0.5;

interface CachedFile {
  readonly sizeBytes: number;
  readonly usedAtMs: number;
}

export class BlobCache {
  readonly #options: BlobCacheOptions;
  readonly #disk: DiskBlobStore;
  /** What was used last is at the end. */
  readonly #files = new Map<string, CachedFile>();
  #bytes = 0;
  #counting: Promise<void> = Promise.resolve();

  private constructor(options: BlobCacheOptions) {
    const { folder, memoryCacheBytes, log } = options;
    this.#options = options;
    this.#disk = new DiskBlobStore({
      blobFolder: blobFolderOf(folder),
      stagingFolder: join(folder, 'parts'),
      memoryCacheBytes,
      log,
    });
  }

  /** What an earlier run has left is counted in the background. */
  static async open(options: BlobCacheOptions): Promise<BlobCache> {
    const cache = new BlobCache(options);
    await mkdir(blobFolderOf(options.folder), { recursive: true });
    await cache.#disk.sweepStaging();
    cache.#counting = cache.#countFormer().catch((error: unknown) => {
      options.log.error('storage cache not counted', error);
    });
    return cache;
  }

  /** Settles when what an earlier run has left is counted; never rejects. */
  get counted(): Promise<void> {
    return this.#counting;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns undefined when it is not here, or no longer sound; then it is taken away. */
  async find(sha512: string): Promise<StoredBlob | undefined> {
    try {
      const blob = await this.#disk.open(sha512);
      if (blob === undefined) this.#forget(sha512);
      else this.#used(sha512, blob.sizeBytes);
      return blob;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.code !== 'FF_CORRUPT') throw error;
      this.remove(sha512);
      return undefined;
    }
  }

  /** @throws ProblemError `FF_STORE_UNAVAILABLE` when the disk fails; room is made on a full one, for the next try. */
  async stage(source: AsyncIterable<Uint8Array>, maxBytes: number): Promise<StagedBlob> {
    this.#makeRoom(this.#options.maxBytes - Math.min(maxBytes, this.#options.maxBytes));
    try {
      return await this.#disk.stage(source, { maxBytes });
    } catch (error) {
      if (isDiskFull(error)) this.#makeRoom(this.#bytes * SHARE_LEFT_ON_FULL_DISK, 0);
      throw error;
    }
  }

  /** Keeps a whole and hashed file, which is moved. */
  async keep(staged: StagedBlob): Promise<void> {
    this.#makeRoom(this.#options.maxBytes - Math.min(staged.sizeBytes, this.#options.maxBytes));
    await this.#disk.commit(staged);
    this.#used(staged.sha512, staged.sizeBytes);
  }

  discard(staged: StagedBlob): Promise<void> {
    return this.#disk.discard(staged);
  }

  remove(sha512: string): void {
    this.#forget(sha512);
    this.#disk.remove(sha512);
  }

  #used(sha512: string, sizeBytes: number): void {
    this.#forget(sha512);
    this.#files.set(sha512, { sizeBytes, usedAtMs: this.#options.now() });
    this.#bytes += sizeBytes;
  }

  #forget(sha512: string): void {
    this.#bytes -= this.#files.get(sha512)?.sizeBytes ?? 0;
    this.#files.delete(sha512);
  }

  #makeRoom(bytesLeft: number, graceMs = GRACE_MS): void {
    const usedBefore = this.#options.now() - graceMs;
    for (const [sha512, { usedAtMs }] of this.#files) {
      if (this.#bytes <= bytesLeft || usedAtMs > usedBefore) return;
      this.remove(sha512);
    }
  }

  async #countFormer(): Promise<void> {
    const former: { readonly sha512: string; readonly sizeBytes: number; readonly usedMs: number }[] = [];
    for await (const path of filesBelow(blobFolderOf(this.#options.folder))) {
      const stats = await stat(path).catch(() => undefined);
      const sha512 = path.slice(-SHA512_DIGITS);
      if (stats === undefined || this.#files.has(sha512)) continue;
      former.push({ sha512, sizeBytes: stats.size, usedMs: Math.max(stats.atimeMs, stats.mtimeMs) });
    }
    const sinceStart = new Map(this.#files);
    this.#files.clear();
    for (const { sha512, sizeBytes } of former.toSorted((a, b) => a.usedMs - b.usedMs)) {
      if (!sinceStart.has(sha512)) this.#files.set(sha512, { sizeBytes, usedAtMs: Number.NEGATIVE_INFINITY });
    }
    for (const [sha512, file] of sinceStart) this.#files.set(sha512, file);
    this.#bytes = [...this.#files.values()].reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    this.#makeRoom(this.#options.maxBytes);
  }
}

const SHA512_DIGITS = 128;

function blobFolderOf(folder: string): string {
  return join(folder, 'blobs');
}

/** Two levels of folders, then files. */
async function* filesBelow(root: string): AsyncGenerator<string> {
  for (const outer of await readdir(root)) {
    for (const inner of await readdir(join(root, outer))) {
      for (const name of await readdir(join(root, outer, inner))) yield join(root, outer, inner, name);
    }
  }
}

function isDiskFull(error: unknown): boolean {
  const cause = error instanceof ProblemError ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ENOSPC';
}
