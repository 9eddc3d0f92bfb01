/** Where overrides survive a restart. */
import { overrideSchema } from '@feedfleet/registry-client';
import type { Override } from '@feedfleet/registry-client';
import { z } from 'zod';
import { KeptFile } from '../kept-file.ts';

const fileSchema = z.strictObject({ format: z.literal(1), overrides: z.array(overrideSchema) });

export class OverrideFile {
  readonly #file: KeptFile<z.infer<typeof fileSchema>>;

  constructor(file: string) {
    this.#file = new KeptFile(file, fileSchema);
  }

  /** @throws when there is a file that is not one; it is kept beside as `.damaged`. */
  async load(): Promise<readonly Override[]> {
    return (await this.#file.load())?.overrides ?? [];
  }

  /** Returns when it is durable. */
  save(overrides: readonly Override[]): Promise<void> {
    return this.#file.save({ format: 1, overrides: [...overrides] });
  }
}
