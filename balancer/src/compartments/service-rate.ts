/** How many requests a compartment finishes in a second while others wait: what it is able to, and not what is asked of it. Pure. */

const WINDOW_MS = 250;
/** The part that the newest window has in the figure. */
const WEIGHT = 0.4;
/** An older figure is of another time. */
const MAX_AGE_MS = 5_000;

export class ServiceRate {
  #startedAt = 0;
  #count = 0;
  #perSecond: number | undefined;

  /** Something waits, after a time when nothing did. */
  begin(now: number): void {
    if (now - this.#startedAt > MAX_AGE_MS) this.#perSecond = undefined;
    this.#startedAt = now;
    this.#count = 0;
  }

  /** A request was finished while others waited. */
  finished(now: number): void {
    this.#count += 1;
    this.#close(now);
  }

  /** While something waits; `undefined` before there was enough to count. */
  perSecond(now: number): number | undefined {
    this.#close(now);
    return this.#perSecond;
  }

  /** One long silence weighs as much as many short ones. */
  #close(now: number): void {
    const lengthMs = now - this.#startedAt;
    if (lengthMs < WINDOW_MS) return;
    const measured = (this.#count * 1_000) / lengthMs;
    const weight = 1 - (1 - WEIGHT) ** Math.floor(lengthMs / WINDOW_MS);
    this.#perSecond =
      this.#perSecond === undefined ? measured : this.#perSecond + weight * (measured - this.#perSecond);
    this.#count = 0;
    this.#startedAt = now;
  }
}
