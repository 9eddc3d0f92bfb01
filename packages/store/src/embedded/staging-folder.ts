/**
 * Where package files are written while they arrive: a folder for each instance, so that its litter is known for its own.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '@feedfleet/problems';
import type { StagedBlob } from '../blob-store.ts';
import { guarded } from './sqlite-problems.ts';

export interface StageOptions {
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export class StagingFolder {
  readonly #folder: string;
  /** Files of this process, which a sweep must leave alone. */
  readonly #live = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async stage(source: AsyncIterable<Uint8Array>, options: StageOptions): Promise<StagedBlob> {
    const path = join(this.#folder, `${randomUUID()}.part`);
    this.#live.add(path);
    let file: FileHandle | undefined;
    try {
      options.signal?.throwIfAborted();
      const created = await guarded(() => this.#create(path));
      file = created;
      const written = await write(source, created, options);
      await guarded(() => created.sync());
      await guarded(() => created.close());
      return { ...written, path };
    } catch (error) {
      await file?.close().catch(ignored);
      await rm(path, { force: true }).catch(ignored);
      this.#live.delete(path);
      throw error;
    }
  }

  /** The file has moved on, or is to go. */
  async release(staged: StagedBlob): Promise<void> {
    await guarded(() => rm(staged.path, { force: true }));
    this.#live.delete(staged.path);
  }

  async sweep(): Promise<{ readonly removed: number }> {
    return guarded(async () => {
      const names = await readdir(this.#folder).catch(nothingThere);
      const dead = names.map((name) => join(this.#folder, name)).filter((path) => !this.#live.has(path));
      for (const path of dead) {
        await rm(path, { force: true, recursive: true });
      }
      return { removed: dead.length };
    });
  }

  async #create(path: string): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true });
    return open(path, 'wx', 0o600);
  }
}

async function write(
  source: AsyncIterable<Uint8Array>,
  file: FileHandle,
  { maxBytes, signal }: StageOptions,
): Promise<{ readonly sha512: string; readonly sizeBytes: number }> {
  const hash = createHash('sha512');
  let sizeBytes = 0;
  for await (const chunk of untilAborted(source, signal)) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) {
      const detail = `the limit is ${maxBytes} bytes`;
      throw new ProblemError('bodyTooLarge', { detail, reason: `Too large: ${detail}` });
    }
    hash.update(chunk);
    await guarded(() => file.writeFile(chunk));
  }
  return { sha512: hash.digest('hex'), sizeBytes };
}

/**
 * The chunks of `source`; an abort ends the wait for the next one, however long the source keeps silent.
 *
 * No `Promise.race` with one promise for the whole body: what waits for that promise would keep every chunk until the end.
 */
async function* untilAborted(source: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]();
  let isDone = false;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const next = await nextUnlessAborted(iterator, signal);
      if (next.done === true) {
        isDone = true;
        return;
      }
      yield next.value;
    }
  } finally {
    if (!isDone) {
      // Not awaited: a silent source would never answer.
      void iterator.return?.().catch(ignored);
    }
  }
}

function nextUnlessAborted<T>(iterator: AsyncIterator<T>, signal?: AbortSignal): Promise<IteratorResult<T>> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal?.reason as Error);
    signal?.addEventListener('abort', onAbort, { once: true });
    void iterator
      .next()
      .then(resolve, reject)
      .finally(() => signal?.removeEventListener('abort', onAbort));
  });
}

function ignored(): void {
  // The first failure is the one that is told.
}

function nothingThere(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') {
    return [];
  }
  throw error;
}
