/**
 * When requests are to start: a schedule that knows nothing of answers, so that a server that stands still finds all of the requests
 * waiting that would have come meanwhile. Pure.
 *
 * Source: Gil Tene, "How NOT to Measure Latency": coordinated omission.
 */

export interface ArrivalOptions {
  /** The time of the first, in milliseconds of the caller's clock. */
  readonly startMs: number;
  readonly ratePerSecond: number;
  /** How many come at the same instant; as many fewer instants there are. Default 1. */
  readonly burst?: number;
}

export class Arrivals {
  readonly #burst: number;
  #intervalMs: number;
  #nextMs: number;

  constructor({ startMs, ratePerSecond, burst = 1 }: ArrivalOptions) {
    this.#burst = burst;
    this.#intervalMs = this.#intervalOf(ratePerSecond);
    this.#nextMs = ratePerSecond > 0 ? startMs : Number.POSITIVE_INFINITY;
  }

  /** From `nowMs` on; 0 pauses. */
  setRate(ratePerSecond: number, nowMs: number): void {
    this.#intervalMs = this.#intervalOf(ratePerSecond);
    this.#nextMs = ratePerSecond > 0 ? nowMs : Number.POSITIVE_INFINITY;
  }

  /** @returns the intended start of everything that is due and was not taken yet, in order. */
  take(nowMs: number): readonly number[] {
    const due: number[] = [];
    while (this.#nextMs <= nowMs) {
      for (let each = 0; each < this.#burst; each += 1) due.push(this.#nextMs);
      this.#nextMs += this.#intervalMs;
    }
    return due;
  }

  #intervalOf(ratePerSecond: number): number {
    return (this.#burst * 1000) / ratePerSecond;
  }
}
