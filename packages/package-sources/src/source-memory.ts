/**
 * What is remembered of sources, bounded by bytes: documents and answers, of all sources of a process together.
 *
 * `node-cache` holds the values; which of them has to go is decided here, by CLOCK: one that was not asked for since it was last looked
 * at goes, another loses its mark and stays. Being asked for moves nothing.
 *
 * Source: F. J. Corbato, "A Paging Experiment with the Multics System" (1968).
 */
import NodeCache from 'node-cache';

import { ProblemError } from '@feedfleet/problems';

/** What an entry costs beside its value: the slots in two maps, the key and the headers of the objects. */
const OVERHEAD_BYTES = 400;
/** The part of the bound that one entry may take. */
const LARGEST_ENTRY_RATIO = 1 / 4;

interface Entry {
  readonly value: object;
  readonly bytes: number;
  isWanted: boolean;
}

export class SourceMemory {
  readonly #maxBytes: number;
  readonly #entries = new NodeCache({ useClones: false, checkperiod: 0, stdTTL: 0 });
  /** Keys in the order in which their turn comes. */
  readonly #turns = new Set<string>();
  #bytes = 0;

  /** @param maxBytes - of everything together; 0 remembers nothing. */
  constructor(maxBytes: number) {
    if (!Number.isInteger(maxBytes) || maxBytes < 0) {
      throw new ProblemError('invalidArgument', {
        detail: `maxBytes must be a whole number from 0 on, got ${maxBytes}`,
      });
    }
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#turns.size;
  }

  /** What was set under the key, which names the kind of the value too. */
  get(key: string): object | undefined {
    const entry = this.#entries.get<Entry>(key);
    if (entry === undefined) return undefined;
    entry.isWanted = true;
    return entry.value;
  }

  /**
   * Puts a value in the place of an older one, after dropping others until all fit.
   *
   * @returns whether it is kept; a value of more than a quarter of the bound is not.
   */
  set(key: string, value: object, valueBytes: number): boolean {
    this.delete(key);
    const bytes = valueBytes + 2 * key.length + OVERHEAD_BYTES;
    if (bytes > this.#maxBytes * LARGEST_ENTRY_RATIO) return false;
    this.#makeRoom(bytes);
    this.#entries.set<Entry>(key, { value, bytes, isWanted: false });
    this.#turns.add(key);
    this.#bytes += bytes;
    return true;
  }

  delete(key: string): void {
    const entry = this.#entries.take<Entry>(key);
    if (entry === undefined) return;
    this.#turns.delete(key);
    this.#bytes -= entry.bytes;
  }

  #makeRoom(bytes: number): void {
    // What is put back comes round once more, without its mark.
    for (const key of this.#turns) {
      if (this.#bytes + bytes <= this.#maxBytes) return;
      const entry = this.#entries.get<Entry>(key);
      if (entry?.isWanted === true) {
        entry.isWanted = false;
        this.#turns.delete(key);
        this.#turns.add(key);
      } else this.delete(key);
    }
  }
}
