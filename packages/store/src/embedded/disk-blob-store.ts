/**
 * The blob port on a local disk: `blobs/ab/cd/<sha512>`, written in staging and renamed into place.
 *
 * The file is synced before it is renamed, and the folder after: a name that can be seen has its whole content, also after a
 * power loss. What is committed replaces what is there: the same content, or a damaged copy of it.
 */
import { createHash } from 'node:crypto';
import { createReadStream, openSync, rmSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { readFile, rename, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { ProblemError } from '@feedfleet/problems';
import type { Logger } from '@feedfleet/host';
import type { BlobStore, StagedBlob, StoredBlob } from '../blob-store.ts';
import { DurableFolders, syncFolder } from './durable-folders.ts';
import { HotBlobs } from './hot-blobs.ts';
import { guarded, toStoreProblem } from './sqlite-problems.ts';
import { StagingFolder } from './staging-folder.ts';
import type { StageOptions } from './staging-folder.ts';
import { VerifiedFiles } from './verified-files.ts';

const MAX_HOT_BLOB_BYTES = 1024 * 1024;
const SHA512 = /^[0-9a-f]{128}$/;

export interface DiskBlobStoreOptions {
  readonly blobFolder: string;
  readonly stagingFolder: string;
  /** Bound of the small blobs that are kept in memory; 0 keeps none. */
  readonly memoryCacheBytes: number;
  readonly log?: Pick<Logger, 'error'>;
}

export class DiskBlobStore implements BlobStore {
  readonly #options: DiskBlobStoreOptions;
  readonly #staging: StagingFolder;
  readonly #folders: DurableFolders;
  readonly #hot: HotBlobs;
  readonly #verified = new VerifiedFiles();
  readonly #opening = new Map<string, Promise<StoredBlob | undefined>>();

  constructor(options: DiskBlobStoreOptions) {
    this.#options = options;
    this.#staging = new StagingFolder(options.stagingFolder);
    this.#folders = new DurableFolders(options.blobFolder);
    this.#hot = new HotBlobs(options.memoryCacheBytes);
  }

  stage(source: AsyncIterable<Uint8Array>, options: StageOptions): Promise<StagedBlob> {
    return this.#staging.stage(source, options);
  }

  async commit(staged: StagedBlob): Promise<void> {
    const path = this.#pathOf(staged.sha512);
    await guarded(async () => {
      await this.#folders.make(dirname(path));
      try {
        await rename(staged.path, path);
      } catch (error) {
        await assertCommitted(path, staged, error);
      }
      await syncFolder(dirname(path));
    });
    await this.#staging.release(staged);
  }

  discard(staged: StagedBlob): Promise<void> {
    return this.#staging.release(staged);
  }

  async open(sha512: string): Promise<StoredBlob | undefined> {
    if (!SHA512.test(sha512)) {
      return undefined;
    }
    const hot = this.#hot.get(sha512);
    if (hot !== undefined) {
      return new DiskBlob({ sha512, path: this.#pathOf(sha512), sizeBytes: hot.byteLength, bytes: hot });
    }
    const underWay = this.#opening.get(sha512);
    if (underWay !== undefined) {
      return underWay;
    }
    const opening = this.#open(sha512).finally(() => this.#opening.delete(sha512));
    this.#opening.set(sha512, opening);
    return opening;
  }

  remove(sha512: string): void {
    this.#hot.delete(sha512);
    this.#verified.delete(sha512);
    try {
      rmSync(this.#pathOf(sha512), { force: true });
    } catch (error) {
      throw toStoreProblem(error);
    }
  }

  sweepStaging(): Promise<{ readonly removed: number }> {
    return this.#staging.sweep();
  }

  async #open(sha512: string): Promise<StoredBlob | undefined> {
    const path = this.#pathOf(sha512);
    return guarded(async () => {
      const stats = await this.#statOf(path);
      if (stats === undefined) {
        return undefined;
      }
      const sizeBytes = Number(stats.size);
      const isSmall = sizeBytes <= Math.min(MAX_HOT_BLOB_BYTES, this.#options.memoryCacheBytes);
      const bytes = isSmall ? await readFile(path) : undefined;
      if (!this.#verified.has(sha512, stats)) {
        await this.#verify({ sha512, path, bytes });
        this.#verified.add(sha512, stats);
      }
      if (bytes !== undefined) {
        this.#hot.set(sha512, bytes);
      }
      return new DiskBlob({ sha512, path, sizeBytes, bytes });
    });
  }

  async #verify(blob: {
    readonly sha512: string;
    readonly path: string;
    readonly bytes: Buffer | undefined;
  }): Promise<void> {
    const hash = createHash('sha512');
    const chunks = blob.bytes === undefined ? createReadStream(blob.path) : [blob.bytes];
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      hash.update(chunk);
    }
    if (hash.digest('hex') !== blob.sha512) {
      const shortHash = blob.sha512.slice(0, 12);
      const problem = new ProblemError('corrupt', { detail: `blob ${shortHash} does not match its hash` });
      this.#options.log?.error('blob is corrupt', problem, { 'blob.sha512': blob.sha512, 'file.path': blob.path });
      throw problem;
    }
  }

  /** @returns undefined only when the file is known not to be there: without its root folder, nothing is known. */
  async #statOf(path: string): Promise<BigIntStats | undefined> {
    try {
      return await stat(path, { bigint: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') {
        throw error;
      }
      await stat(this.#options.blobFolder);
      return undefined;
    }
  }

  #pathOf(sha512: string): string {
    if (!SHA512.test(sha512)) {
      throw new ProblemError('invalidArgument', { detail: 'a SHA-512 is 128 lower-case hexadecimal digits' });
    }
    return join(this.#options.blobFolder, sha512.slice(0, 2), sha512.slice(2, 4), sha512);
  }
}

class DiskBlob implements StoredBlob {
  readonly sha512: string;
  readonly sizeBytes: number;
  readonly bytes: Buffer | undefined;
  readonly path: string;

  constructor(blob: Pick<StoredBlob, 'sha512' | 'sizeBytes' | 'bytes' | 'path'>) {
    this.sha512 = blob.sha512;
    this.sizeBytes = blob.sizeBytes;
    this.bytes = blob.bytes;
    this.path = blob.path;
  }

  /** Opens the file at once, so that a removal from here on does not touch this reader, who is to read or to destroy. */
  stream(range?: { readonly start: number; readonly end: number }): Readable {
    if (this.bytes !== undefined) {
      return Readable.from([range === undefined ? this.bytes : this.bytes.subarray(range.start, range.end + 1)]);
    }
    try {
      return createReadStream('', { fd: openSync(this.path, 'r'), ...range });
    } catch (error) {
      throw toStoreProblem(error);
    }
  }
}

async function assertCommitted(path: string, staged: StagedBlob, failure: unknown): Promise<void> {
  const isGone = (failure as NodeJS.ErrnoException).code === 'ENOENT';
  const stats = isGone ? await stat(path).catch(() => undefined) : undefined;
  if (stats?.size !== staged.sizeBytes) {
    throw failure;
  }
}
