/**
 * Puts package files into the storage, under the hash of their content, and takes them away.
 *
 * Nothing is overwritten unseen: a file is written where there is none, or in the place of the one that was looked at and is not the
 * same. The same one stays.
 */
import { createHash } from 'node:crypto';
import { ProblemError } from '@feedfleet/problems';
import type { GuardedStorage } from './guarded-storage.ts';
import type { ObjectFile, WriteCondition } from './object-storage.ts';
import { PART_BYTES } from './storage-settings.ts';

/** Others write the same content, and nobody writes another: more tries would not help. */
const MAX_TRIES = 4;

export interface ObjectWriterOptions {
  readonly storage: GuardedStorage;
  readonly prefix: string;
}

export class ObjectWriter {
  readonly #options: ObjectWriterOptions;

  constructor(options: ObjectWriterOptions) {
    this.#options = options;
  }

  keyOf(sha512: string): string {
    return `${this.#options.prefix}${sha512.slice(0, 2)}/${sha512}`;
  }

  /** Returns when the storage has said that it has the file. @throws ProblemError `FF_STORAGE_UNAVAILABLE`. */
  async put(file: ObjectFile): Promise<void> {
    const { storage } = this.#options;
    const key = this.keyOf(file.sha512);
    // Most files are new, and a small one is sent as fast as it is asked for.
    let condition: WriteCondition | undefined = file.sizeBytes <= PART_BYTES ? { kind: 'absent' } : undefined;
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      condition ??= await this.#conditionFor(key, file);
      if (condition === undefined) return;
      if ((await storage.write(key, file, condition)) === 'written') return;
      condition = undefined;
    }
    throw new ProblemError('storageUnavailable', { detail: 'somebody else writes the same file all the time' });
  }

  /**
   * Puts a sound file in the place of one whose bytes were found to be damaged, but not where there is none any more: it may have been
   * removed on purpose.
   *
   * @returns `left` when nothing was written.
   */
  async mend(file: ObjectFile): Promise<'mended' | 'left'> {
    const { storage } = this.#options;
    const key = this.keyOf(file.sha512);
    const facts = await storage.facts(key);
    if (facts === undefined) return 'left';
    const outcome = await storage.write(key, file, { kind: 'unchanged', tag: facts.tag });
    return outcome === 'written' ? 'mended' : 'left';
  }

  /** Returns when the storage has said that it is gone. */
  async remove(sha512: string): Promise<void> {
    await this.#options.storage.remove(this.keyOf(sha512));
  }

  /** @returns undefined when the same file is there, by its bytes: what its writer noted beside them is right for a damaged one too. */
  async #conditionFor(key: string, file: ObjectFile): Promise<WriteCondition | undefined> {
    const { storage } = this.#options;
    const facts = await storage.facts(key);
    if (facts === undefined) return { kind: 'absent' };
    const unchanged = { kind: 'unchanged', tag: facts.tag } as const;
    if (facts.sizeBytes !== file.sizeBytes || facts.sha512 !== file.sha512) return unchanged;
    const stored = await storage.read(key, ({ body }) => sha512Of(body));
    if (stored === undefined) return { kind: 'absent' };
    return stored === file.sha512 ? undefined : unchanged;
  }
}

async function sha512Of(body: AsyncIterable<Buffer>): Promise<string> {
  const hash = createHash('sha512');
  for await (const chunk of body) hash.update(chunk);
  return hash.digest('hex');
}
