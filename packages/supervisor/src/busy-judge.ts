/** Whether a process keeps a processor busy, by how long it has run: soon found, and slowly forgotten. Pure. */

/** The part of one processor from which on a process is busy, and below which it is calm. */
const BUSY = 0.7;
const CALM = 0.4;
/** So many looks in a row. */
const BUSY_LOOKS = 2;
const CALM_LOOKS = 10;

export type Verdict = 'busy' | 'calm';

export class BusyJudge {
  #ranMs: number | undefined;
  #at = 0;
  #busyLooks = 0;
  #calmLooks = 0;
  #verdict: Verdict = 'calm';

  /**
   * @param ranMs - of all its threads since its start, in milliseconds.
   * @param now - milliseconds from any fixed point.
   */
  look(ranMs: number, now: number): Verdict {
    const share = this.#ranMs === undefined ? 0 : (ranMs - this.#ranMs) / Math.max(1, now - this.#at);
    this.#ranMs = ranMs;
    this.#at = now;
    this.#busyLooks = share >= BUSY ? this.#busyLooks + 1 : 0;
    this.#calmLooks = share < CALM ? this.#calmLooks + 1 : 0;
    if (this.#busyLooks >= BUSY_LOOKS) this.#verdict = 'busy';
    if (this.#calmLooks >= CALM_LOOKS) this.#verdict = 'calm';
    return this.#verdict;
  }
}
