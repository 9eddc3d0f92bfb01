/**
 * Whether requests under way hinder each other, without waiting for those that do: by how many there are and how many end. Pure.
 *
 * Only times at which a thread rests say what is usual: what takes long then waits for something else, such as a package source, and goes
 * on doing so when the thread gets busy.
 *
 * Source: Little, "A Proof for the Queuing Formula L = λW" (1961): what is under way, by what ends in a time, is how long it takes.
 */

/** Requests that take so many times as long as usual hinder each other. */
const TIMES_USUAL = 4;
const USUAL_WEIGHT = 0.1;
const WINDOW_MS = 100;
/** In less nothing can be counted, in milliseconds. */
const LEAST_MS = 50;

export class Hindrance {
  /** How long a request is under way while the thread rests; `undefined` where it never did. */
  #usualMs: number | undefined;
  /** In the window before, and in this one. */
  #endedBefore = 0;
  #ended = 0;
  #beforeAt = 0;
  #startedAt = 0;

  /** The first request after a time without any. */
  began(now: number): void {
    this.#endedBefore = 0;
    this.#ended = 0;
    this.#beforeAt = now;
    this.#startedAt = now;
  }

  /** @param isBusy - whether the thread has no rest. */
  ended(tookMs: number, isBusy: boolean, now: number): void {
    if (now - this.#startedAt >= WINDOW_MS) {
      this.#beforeAt = this.#startedAt;
      this.#endedBefore = this.#ended;
      this.#startedAt = now;
      this.#ended = 0;
    }
    this.#ended += 1;
    if (isBusy) return;
    this.#usualMs ??= tookMs;
    this.#usualMs += USUAL_WEIGHT * (tookMs - this.#usualMs);
  }

  isThere(underWay: number, now: number): boolean {
    if (this.#usualMs === undefined || now - this.#beforeAt < LEAST_MS) return false;
    return (underWay * 1_000) / this.endPerSecond(now) > TIMES_USUAL * this.#usualMs;
  }

  /** Over the last 100 to 200 ms. */
  endPerSecond(now: number): number {
    return (1_000 * Math.max(1, this.#ended + this.#endedBefore)) / (now - this.#beforeAt);
  }
}
