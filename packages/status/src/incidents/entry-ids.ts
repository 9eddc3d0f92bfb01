/** Ids of incidents, maintenance, messages and subscribers: ten characters that sort by time. */

const TAIL_VALUES = 36 ** 2;

export class EntryIds {
  readonly #now: () => number;
  readonly #random: () => number;
  #last = 0;

  /** @param now - milliseconds since the epoch. */
  constructor(now: () => number, random: () => number) {
    this.#now = now;
    this.#random = random;
  }

  /** Unlike every one before, also of the same millisecond. */
  next(): string {
    this.#last = Math.max(this.#now(), this.#last + 1);
    const tail = Math.floor(this.#random() * TAIL_VALUES);
    return this.#last.toString(36).padStart(8, '0') + tail.toString(36).padStart(2, '0');
  }
}
