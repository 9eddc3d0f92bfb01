/** The time to the head of an answer, over windows: a low quantile of each, and the lowest of the last minutes. Pure. */

/** An answer whose end has come at `now`, all in milliseconds. */
export interface TimedAnswer {
  /** From the admission to the head of the answer. */
  readonly latencyMs: number;
  readonly admittedAt: number;
  readonly now: number;
}

export interface ClosedWindow {
  /** A quarter of the answers came faster, in milliseconds. */
  readonly latencyMs: number;
  /** The lowest such figure of the last minutes, this one included, in milliseconds. */
  readonly baselineMs: number;
}

const MIN_WINDOW_MS = 100;
/** A window that fills so slowly says nothing of one moment. */
const MAX_WINDOW_MS = 10_000;
const MIN_SAMPLES = 10;
const KEPT_SAMPLES = 64;
/**
 * Waiting in line at an endpoint makes even its fast answers slow; a few slow sources, searches or downloads do not. So the fast
 * quarter tells load from mixture.
 */
const QUANTILE = 0.25;
const BUCKET_MS = 15_000;
const BUCKETS = 8;

export class LatencyWindow {
  readonly #samples = new Float64Array(KEPT_SAMPLES);
  readonly #lowest = new Float64Array(BUCKETS).fill(Infinity);
  #count = 0;
  #startedAt: number;
  #bucket = 0;
  #bucketStartedAt: number;

  constructor(now: number) {
    this.#startedAt = now;
    this.#bucketStartedAt = now;
  }

  /**
   * Adds an answer; one that was asked for before the window began says nothing of what has been changed since.
   *
   * @returns what the window says, when this answer closes it.
   */
  add({ latencyMs, admittedAt, now }: TimedAnswer): ClosedWindow | undefined {
    if (admittedAt < this.#startedAt) return undefined;
    if (now - this.#startedAt > MAX_WINDOW_MS + 2 * latencyMs) this.#restart(admittedAt);
    this.#samples[this.#count % KEPT_SAMPLES] = latencyMs;
    this.#count += 1;
    if (this.#count < MIN_SAMPLES || now - this.#startedAt < MIN_WINDOW_MS) return undefined;
    const quantile = this.#quantile();
    this.#rotate(now);
    this.#lowest[this.#bucket] = Math.min(this.#lowest[this.#bucket] ?? Infinity, quantile);
    this.#restart(now);
    return { latencyMs: quantile, baselineMs: Math.min(...this.#lowest) };
  }

  /** Takes what is measured now for what it always was. */
  rebase(latencyMs: number): void {
    this.#lowest.fill(Infinity);
    this.#lowest[this.#bucket] = latencyMs;
  }

  #restart(now: number): void {
    this.#count = 0;
    this.#startedAt = now;
  }

  #quantile(): number {
    const kept = this.#samples.slice(0, Math.min(this.#count, KEPT_SAMPLES)).sort();
    return kept[Math.floor(kept.length * QUANTILE)] ?? 0;
  }

  #rotate(now: number): void {
    const passed = Math.min(BUCKETS, Math.floor((now - this.#bucketStartedAt) / BUCKET_MS));
    for (let step = 0; step < passed; step++) {
      this.#bucket = (this.#bucket + 1) % BUCKETS;
      this.#lowest[this.#bucket] = Infinity;
    }
    if (passed > 0) this.#bucketStartedAt = now;
  }
}
