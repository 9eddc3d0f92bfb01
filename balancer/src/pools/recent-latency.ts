/**
 * The latency of an instance as of now: slower answers count at once by a part, faster ones as time passes.
 *
 * Source: Twitter Finagle, `PeakEwma`. Differs from Finagle: a peak counts by a part, because one slow search among quick reads says
 * little of an instance and ten in a row say much; and what is old is forgotten instead of sinking to zero, which would draw everybody.
 */

/** After as long without answers, in milliseconds, an old average counts a third. */
const DECAY_MS = 10_000;
/** What is older, in milliseconds, is not known any more. */
const FORGET_MS = 30_000;
const PEAK_SHARE = 0.3;

export class RecentLatency {
  #averageMs: number | undefined;
  #observedAt = 0;

  observe(latencyMs: number, now: number): void {
    const average = this.at(now);
    if (average === undefined) this.#averageMs = latencyMs;
    else if (latencyMs > average) this.#averageMs = average + (latencyMs - average) * PEAK_SHARE;
    else {
      const kept = Math.exp(-(now - this.#observedAt) / DECAY_MS);
      this.#averageMs = average * kept + latencyMs * (1 - kept);
    }
    this.#observedAt = now;
  }

  at(now: number): number | undefined {
    return now - this.#observedAt > FORGET_MS ? undefined : this.#averageMs;
  }
}
