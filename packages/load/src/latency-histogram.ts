/**
 * Latencies in buckets whose width grows with the value, so that a run of any length takes the same memory and every quantile is
 * within 1 % of the truth. The largest value is kept as it was. Pure.
 *
 * Source: HdrHistogram, "bucket" and "sub-bucket": here 128 buckets for each power of two, over microseconds.
 */

const SUB_BUCKETS = 128;
const SUB_BITS = 7;
const MAX_MICROSECONDS = 2 ** 31 - 1;
const BUCKETS = SUB_BUCKETS * (32 - SUB_BITS);

function bucketOf(microseconds: number): number {
  if (microseconds < 2 * SUB_BUCKETS) return microseconds;
  const shift = 31 - Math.clz32(microseconds) - SUB_BITS;
  return shift * SUB_BUCKETS + (microseconds >>> shift);
}

/** The largest value that falls into the bucket. */
function highestOf(bucket: number): number {
  if (bucket < 2 * SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  return (bucket - shift * SUB_BUCKETS + 1) * 2 ** shift - 1;
}

export class LatencyHistogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #maxMs = 0;

  /** @param ms - milliseconds; below 0 counts as 0. */
  record(ms: number): void {
    const microseconds = Math.min(MAX_MICROSECONDS, Math.max(0, Math.round(ms * 1000)));
    const bucket = bucketOf(microseconds);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  add(other: LatencyHistogram): void {
    for (const [bucket, count] of other.#counts.entries()) {
      if (count > 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    }
    this.#count += other.#count;
    this.#maxMs = Math.max(this.#maxMs, other.#maxMs);
  }

  get count(): number {
    return this.#count;
  }

  /** In milliseconds; 0 when nothing was recorded. */
  get maxMs(): number {
    return this.#maxMs;
  }

  /**
   * @param share - above 0, up to 1: 0.99 for the 99th percentile.
   * @returns milliseconds, rounded up to the end of a bucket; `NaN` when nothing was recorded.
   */
  quantileMs(share: number): number {
    return this.quantilesMs([share])[0];
  }

  /** @param shares - in growing order; as for `quantileMs`. */
  quantilesMs<const Shares extends readonly number[]>(shares: Shares): { [Place in keyof Shares]: number } {
    const found: number[] = [];
    let seen = 0;
    let bucket = -1;
    for (const share of shares) {
      const wanted = Math.max(1, Math.ceil(share * this.#count));
      while (seen < wanted && bucket < BUCKETS) seen += this.#counts[++bucket] ?? 0;
      found.push(this.#count === 0 ? Number.NaN : Math.min(highestOf(bucket) / 1000, this.#maxMs));
    }
    return found as { [Place in keyof Shares]: number };
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
    this.#maxMs = 0;
  }

  /** How many were at least as long as `ms`, within the width of a bucket. */
  countFrom(ms: number): number {
    const first = bucketOf(Math.round(ms * 1000));
    return this.#counts.subarray(first).reduce((sum, count) => sum + count, 0);
  }
}
