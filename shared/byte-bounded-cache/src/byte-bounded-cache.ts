/**
 * A cache that is bounded by bytes and drops the oldest of what was not asked for since it was last looked at.
 *
 * `node-cache` holds the values, without clones and without timers; which of them has to go is decided here, by CLOCK. Being asked for
 * sets a mark and moves nothing: entries that change places on every hit leave garbage behind at the rate of the requests. An entry
 * whose turn it is to go stays when it has the mark, and pays with it.
 *
 * Source: F. J. Corbato, "A Paging Experiment with the Multics System" (1968): CLOCK, or second chance.
 */
import NodeCache from 'node-cache';

import { ProblemError } from '@feedfleet/problems';

/** What an entry costs beside its value and its key: the slots in both collections, and the headers of the objects. */
const OVERHEAD_BYTES = 300;
/** A character of a key, which may be none of Latin-1. */
const BYTES_PER_CHARACTER = 2;

/** The part of the bound that a single entry may take, so that one giant does not empty the cache. */
const LARGEST_ENTRY_RATIO = 1 / 4;

interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
  isWanted: boolean;
}

export class ByteBoundedCache<V> {
  readonly #maxBytes: number;
  readonly #entries = new NodeCache({ useClones: false, checkperiod: 0, stdTTL: 0 });
  /** Keys in the order in which their turn comes. */
  readonly #turns = new Set<string>();
  #bytes = 0;

  /** @param maxBytes - bound of everything together, in bytes; 0 keeps nothing. */
  constructor(maxBytes: number) {
    if (!Number.isInteger(maxBytes) || maxBytes < 0) {
      throw new ProblemError('invalidArgument', {
        detail: `maxBytes must be a whole number from 0 on, got ${maxBytes}`,
      });
    }
    this.#maxBytes = maxBytes;
  }

  /** Bytes of all entries, with their overhead. */
  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#turns.size;
  }

  get(key: string): V | undefined {
    const entry = this.#entries.get<Entry<V>>(key);
    // Names that every object has are told as null.
    if (!entry) return undefined;
    entry.isWanted = true;
    return entry.value;
  }

  /**
   * Puts a value in the place of an older one, after dropping others until all fit.
   *
   * @param valueBytes - what the value takes, in bytes.
   * @returns whether it is kept; a value of more than a quarter of the bound is not.
   */
  set(key: string, value: V, valueBytes: number): boolean {
    this.delete(key);
    const bytes = valueBytes + BYTES_PER_CHARACTER * key.length + OVERHEAD_BYTES;
    if (bytes > this.#maxBytes * LARGEST_ENTRY_RATIO) return false;
    this.#makeRoom(bytes);
    this.#entries.set<Entry<V>>(key, { value, bytes, isWanted: false });
    this.#turns.add(key);
    this.#bytes += bytes;
    return true;
  }

  delete(key: string): void {
    const entry = this.#entries.take<Entry<V>>(key);
    if (!entry) return;
    this.#turns.delete(key);
    this.#bytes -= entry.bytes;
  }

  #makeRoom(bytes: number): void {
    // What is put back comes round once more, without its mark.
    for (const key of this.#turns) {
      if (this.#bytes + bytes <= this.#maxBytes) return;
      const entry = this.#entries.get<Entry<V>>(key);
      if (entry?.isWanted === true) {
        entry.isWanted = false;
        this.#turns.delete(key);
        this.#turns.add(key);
      } else this.delete(key);
    }
  }
}
