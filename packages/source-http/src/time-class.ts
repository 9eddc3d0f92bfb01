/**
 * How much time a request has, in classes: what is too slow for those who have little says nothing to those who have more, so each class
 * has a breaker of its own.
 */

/** A source that was given as much time as this and took longer is slow, whatever else it would have been given. */
const FAIR_CHANCE_MS = 1_000;
/** Who has less time than this learns nothing about a source. */
const LEAST_MS = 50;

/** @returns the least time of the class, in milliseconds; 0 when it is too little to blame a source. */
export function timeClass(totalMs: number): number {
  if (totalMs < LEAST_MS) return 0;
  if (totalMs >= FAIR_CHANCE_MS) return FAIR_CHANCE_MS;
  return LEAST_MS * 2 ** Math.floor(Math.log2(totalMs / LEAST_MS));
}
