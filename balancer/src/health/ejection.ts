/**
 * For how long a failing instance stays out of its pool: longer each time, and shorter again the longer it does well.
 *
 * Source: Envoy, "Outlier detection", section "Ejection algorithm".
 */

/** The first ejection, in milliseconds, and what each further one adds. */
const BASE_EJECTION_MS = 30_000;
const MAX_EJECTION_MS = 300_000;
/** One ejection is forgotten for as long without another one, in milliseconds. */
const FORGIVEN_MS = 30_000;

export class Ejection {
  #count = 0;
  #until = -Infinity;

  /** By the clock that is passed in; in the past when it is not ejected. */
  get until(): number {
    return this.#until;
  }

  isActive(now: number): boolean {
    return now < this.#until;
  }

  /** @returns the length, in milliseconds. */
  start(now: number): number {
    const forgiven = this.#count === 0 ? 0 : Math.floor((now - this.#until) / FORGIVEN_MS);
    this.#count = Math.max(0, this.#count - forgiven) + 1;
    const lengthMs = Math.min(BASE_EJECTION_MS * this.#count, MAX_EJECTION_MS);
    this.#until = now + lengthMs;
    return lengthMs;
  }

  /** Ends it early; the next one is longer all the same. */
  end(now: number): void {
    if (this.isActive(now)) this.#until = now;
  }
}
