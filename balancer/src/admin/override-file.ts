/** Where overrides survive a restart: a file that is written whole and renamed. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { overrideSchema } from '@feedfleet/registry-client';
import type { Override } from '@feedfleet/registry-client';
import { z } from 'zod';

const fileSchema = z.strictObject({ format: z.literal(1), overrides: z.array(overrideSchema) });

export class OverrideFile {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  /** @throws when there is a file that is not one; it is kept beside as `.damaged`. */
  async load(): Promise<readonly Override[]> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
    try {
      return fileSchema.parse(JSON.parse(text)).overrides;
    } catch (error) {
      await rename(this.#file, `${this.#file}.damaged`);
      throw error;
    }
  }

  /** Returns when it is durable. */
  async save(overrides: readonly Override[]): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true });
    const next = `${this.#file}.new`;
    const handle = await open(next, 'w', 0o600);
    try {
      await handle.writeFile(`${JSON.stringify({ format: 1, overrides }, undefined, 2)}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(next, this.#file);
  }
}
