/**
 * Latencies in few bytes: how many fell into which bucket of a logarithmic scale. Two add up to the one of both, so that hours make
 * days, and quantiles are asked of any stretch of time.
 *
 * Each bucket is 10 % wider than the one before, so that what is read from it is at most 5 % off. Only buckets that hold something take
 * space. Source: C. Masson, J. Rim, H. Lee, "DDSketch", VLDB 2019, section 2.
 */

/** Of the bounds of a bucket, upper by lower. */
const GROWTH = 1.1;
const logGrowth = Math.log(GROWTH);
/** The largest latency that is told apart, in milliseconds. */
const longestMs = 600_000;

/** Count by bucket; bucket 0 holds what took less than a millisecond. */
export type LatencyHistogram = ReadonlyMap<number, number>;

function bucketOf(latencyMs: number): number {
  return latencyMs < 1 ? 0 : 1 + Math.floor(Math.log(Math.min(latencyMs, longestMs)) / logGrowth);
}

/** The value that is at most 5 % off from each end of the bucket. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 0.5 : (2 * GROWTH ** bucket) / (GROWTH + 1);
}

export function histogramOf(latenciesMs: Iterable<number>): LatencyHistogram {
  const counts = new Map<number, number>();
  for (const latencyMs of latenciesMs) {
    const bucket = bucketOf(latencyMs);
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return counts;
}

export function addHistograms(histograms: Iterable<LatencyHistogram>): LatencyHistogram {
  const counts = new Map<number, number>();
  for (const histogram of histograms) {
    for (const [bucket, count] of histogram) counts.set(bucket, (counts.get(bucket) ?? 0) + count);
  }
  return counts;
}

/**
 * @param share - 0.5 for the median, up to 1.
 * @returns milliseconds, within 5 %; `null` when nothing was measured.
 */
export function quantileOf(histogram: LatencyHistogram, share: number): number | null {
  const rising = [...histogram].sort(([left], [right]) => left - right);
  const all = rising.reduce((sum, [, count]) => sum + count, 0);
  let left = Math.max(1, Math.ceil(all * share));
  for (const [bucket, count] of rising) {
    left -= count;
    if (left <= 0) return middleOf(bucket);
  }
  return null;
}

function putNumber(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

/** Pairs of the distance from the bucket before and of the count, each in as many bytes as it needs. */
export function encodeHistogram(histogram: LatencyHistogram): Uint8Array {
  const bytes: number[] = [];
  let before = 0;
  for (const [bucket, count] of [...histogram].sort(([left], [right]) => left - right)) {
    putNumber(bytes, bucket - before);
    putNumber(bytes, count);
    before = bucket;
  }
  return Uint8Array.from(bytes);
}

export function decodeHistogram(bytes: Uint8Array): LatencyHistogram {
  const numbers: number[] = [];
  let [value, factor] = [0, 1];
  for (const byte of bytes) {
    value += (byte % 0x80) * factor;
    factor *= 0x80;
    if (byte >= 0x80) continue;
    numbers.push(value);
    [value, factor] = [0, 1];
  }
  const counts = new Map<number, number>();
  let bucket = 0;
  for (let index = 0; index + 1 < numbers.length; index += 2) {
    bucket += numbers[index] ?? 0;
    counts.set(bucket, numbers[index + 1] ?? 0);
  }
  return counts;
}
