/**
 * How far the 99th percentile of a phase might have been another one, had its seconds been others of the same kind. A pause of a second is one
 * event, however many requests it meets: so whole seconds are drawn again, with repetition, and their requests put together. Pure.
 *
 * Source: H. R. Kuensch, "The Jackknife and the Bootstrap for General Stationary Observations", Annals of Statistics 17 (1989), section 2.
 */
import type { RunSecond } from './run-document.ts';

const DRAWS = 200;
const SHARE = 0.99;
/** The parts of a second's requests that each figure of it stands for: from halfway to its neighbour on either side. */
const PARTS = [
  ['p50Ms', 0.725],
  ['p95Ms', 0.245],
  ['p99Ms', 0.025],
  ['maxMs', 0.005],
] as const;

/** @returns the standard error in milliseconds; 0 for fewer than three seconds with answers. */
export function percentileError(seconds: readonly RunSecond[]): number {
  const known = seconds.filter(({ ok }) => ok > 0);
  if (known.length < 3) return 0;
  const points = known
    .flatMap((second, place) =>
      PARTS.map(([figure, part]) => ({ ms: second[figure] ?? 0, count: second.ok * part, place })),
    )
    .sort((left, right) => left.ms - right.ms);
  const random = numbers();
  const found = Array.from({ length: DRAWS }, () => {
    const times = new Float64Array(known.length);
    const draw = (): number => Math.floor(random() * known.length);
    for (const place of Array.from(known, draw)) times[place] = (times[place] ?? 0) + 1;
    const all = known.reduce((sum, { ok }, place) => sum + ok * (times[place] ?? 0), 0);
    let below = 0;
    return points.find(({ count, place }) => (below += count * (times[place] ?? 0)) >= SHARE * all)?.ms ?? 0;
  });
  const mean = found.reduce((sum, ms) => sum + ms, 0) / DRAWS;
  return Math.sqrt(found.reduce((sum, ms) => sum + (ms - mean) ** 2, 0) / (DRAWS - 1));
}

/** From 0 to below 1, the same in each comparison. Source: "mulberry32", a generator of 32 bits. */
function numbers(): () => number {
  let state = 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
