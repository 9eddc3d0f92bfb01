/**
 * A cache that is bounded by bytes and drops the oldest of what was not asked for since it was last looked at.
 *
 * Being asked for sets a mark and moves nothing: a `Map` whose entries change places on every hit leaves garbage behind at the
 * rate of the requests. An entry whose turn it is to go stays when it has the mark, and pays with it.
 *
 * Source: F. J. Corbato, "A Paging Experiment with the Multics System" (1968): CLOCK, or second chance.
 */
import { ProblemError } from '@feedfleet/problems';

/** What an entry costs beside its value: the map's slot, the key's and the entry's headers. */
const OVERHEAD_BYTES = 256;

/** The part of the bound that a single entry may take, so that one giant does not empty the cache. */
const LARGEST_ENTRY_RATIO = 1 / 4;

interface Entry<V> {
  readonly value: V;
  readonly bytes: number;
  isWanted: boolean;
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

  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
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
    // A character of a key takes a byte: URLs are Latin-1.
    const bytes = valueBytes + key.length + OVERHEAD_BYTES;
    if (bytes > this.#maxBytes * LARGEST_ENTRY_RATIO) return false;
    this.#makeRoom(bytes);
    this.#entries.set(key, { value, bytes, isWanted: false });
    this.#bytes += bytes;
    return true;
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#bytes -= entry.bytes;
  }

  #makeRoom(bytes: number): void {
    // What is put back comes round once more, without its mark.
    for (const [key, entry] of this.#entries) {
      if (this.#bytes + bytes <= this.#maxBytes) return;
      if (entry.isWanted) {
        entry.isWanted = false;
        this.#entries.delete(key);
        this.#entries.set(key, entry);
      } else this.delete(key);
    }
  }
}
