/**
 * A cache that is bounded by bytes and drops what was not asked for the longest.
 *
 * A `Map` keeps its insertion order, so that taking an entry out and putting it back makes it the youngest.
 */
import { ProblemError } from '@feedfleet/problems';

/** What an entry costs beside its value: the map's slot, the key's and the entry's headers. */
const OVERHEAD_BYTES = 256;

/** The part of the bound that a single entry may take, so that one giant does not empty the cache. */
const LARGEST_ENTRY_RATIO = 1 / 4;

interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
}

export class ByteBoundedCache<V> {
  readonly #maxBytes: number;
  readonly #entries = new Map<string, Entry<V>>();
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
    return this.#entries.size;
  }

  /** Makes the entry the youngest. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /**
   * Puts a value in the place of an older one and drops the oldest entries until all fit.
   *
   * @param valueBytes - what the value takes, in bytes.
   * @returns whether it is kept; a value of more than a quarter of the bound is not.
   */
  set(key: string, value: V, valueBytes: number): boolean {
    this.delete(key);
    // A character of a key takes a byte: URLs are Latin-1.
    const bytes = valueBytes + key.length + OVERHEAD_BYTES;
    if (bytes > this.#maxBytes * LARGEST_ENTRY_RATIO) return false;
    this.#entries.set(key, { value, bytes });
    this.#bytes += bytes;
    this.#shrink();
    return true;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }

  #shrink(): void {
    for (const key of this.#entries.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.delete(key);
    }
  }
}
