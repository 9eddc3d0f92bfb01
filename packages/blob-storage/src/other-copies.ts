/**
 * Copies of a package file elsewhere on this machine: in the caches of the other processes, and in the folder of the embedded store from
 * before there was a storage. They are only read; whether one is sound shows when it is hashed.
 */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

export interface OtherCopiesOptions {
  /** With a folder for each process. */
  readonly cacheRoot: string;
  /** Name of the own one. */
  readonly own: string;
  readonly diskFolder: string;
}

export interface OtherCopy {
  readonly sizeBytes: number;
  open(): Readable;
}

export class OtherCopies {
  readonly #options: OtherCopiesOptions;

  constructor(options: OtherCopiesOptions) {
    this.#options = options;
  }

  async *of(sha512: string): AsyncGenerator<OtherCopy> {
    for (const folder of await this.#folders()) {
      const path = join(folder, sha512.slice(0, 2), sha512.slice(2, 4), sha512);
      const stats = await stat(path).catch(() => undefined);
      if (stats?.isFile() === true) yield { sizeBytes: stats.size, open: () => createReadStream(path) };
    }
  }

  async #folders(): Promise<readonly string[]> {
    const { cacheRoot, own, diskFolder } = this.#options;
    const names = await readdir(cacheRoot).catch(() => []);
    const caches = names.filter((name) => name !== own).map((name) => join(cacheRoot, name, 'blobs'));
    return [...caches, diskFolder];
  }
}
