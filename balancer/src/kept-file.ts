/** What a balancer keeps over its restarts: a file that is written whole and renamed, and checked when it is read. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import type { z } from 'zod';

export class KeptFile<T> {
  readonly #file: string;
  readonly #schema: z.ZodType<T>;

  constructor(file: string, schema: z.ZodType<T>) {
    this.#file = file;
    this.#schema = schema;
  }

  /**
   * @returns `undefined` when there is none.
   * @throws when there is a file that is not one; it is kept beside as `.damaged`.
   */
  async load(): Promise<T | undefined> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    try {
      return this.#schema.parse(JSON.parse(text));
    } catch (error) {
      await rename(this.#file, `${this.#file}.damaged`);
      throw error;
    }
  }

  /** Returns when it is durable. One at a time. */
  async save(document: T): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    const next = `${this.#file}.new`;
    const handle = await open(next, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify(document, undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, this.#file);
  }
}
