/** Where the quarantines that the balancer has decided on survive its restart, with what it knows of former ones. */
import type { Logger } from '@feedfleet/host';
import { quarantineSchema } from '@feedfleet/registry-client';
import { z } from 'zod';
import { KeptFile } from '../kept-file.ts';
import { MAX_KNOWN, MAX_QUARANTINED } from './automatic-quarantines.ts';
import type { QuarantineMemory } from './automatic-quarantines.ts';

const fileSchema = z.strictObject({
  format: z.literal(1),
  known: z
    .array(
      z.strictObject({
        feed: quarantineSchema.shape.id,
        times: z.number().int().min(1),
        /** Milliseconds since the epoch. */
        until: z.number().min(0),
      }),
    )
    .max(MAX_KNOWN),
  quarantines: z.array(quarantineSchema).max(MAX_QUARANTINED),
});

export class QuarantineFile {
  readonly #file: KeptFile<z.infer<typeof fileSchema>>;
  readonly #log: Pick<Logger, 'error'>;
  #next: QuarantineMemory | undefined;
  #saving: Promise<void> | undefined;

  constructor(file: string, log: Pick<Logger, 'error'>) {
    this.#file = new KeptFile(file, fileSchema);
    this.#log = log;
  }

  /** A file that cannot be read costs what is in it, and is told. */
  async load(): Promise<QuarantineMemory | undefined> {
    try {
      return await this.#file.load();
    } catch (error) {
      this.#log.error('quarantines cannot be read', error);
      return undefined;
    }
  }

  /** The newest counts where several come at a time. */
  readonly keep = (memory: QuarantineMemory): void => {
    this.#next = memory;
    this.#saving ??= this.#save().finally(() => (this.#saving = undefined));
  };

  /** When all is written. */
  async close(): Promise<void> {
    await this.#saving;
  }

  async #save(): Promise<void> {
    for (let memory = this.#next; memory !== undefined; memory = this.#next) {
      this.#next = undefined;
      const { known, quarantines } = memory;
      try {
        await this.#file.save({ format: 1, known: [...known], quarantines: [...quarantines] });
      } catch (error) {
        this.#log.error('quarantines cannot be kept', error);
      }
    }
  }
}
