/**
 * How loaded an instance is: what a request would wait for there. The requests that it has are counted by its weight, and weighed with
 * its latency.
 *
 * Source: Twitter Finagle, "Load balancing", `P2CPeakEwma`. Differs from Finagle: a difference that is no more than noise moves
 * nothing, so that at rest the shares are those of the weights.
 */
import type { Candidate } from './selection-policy.ts';

const USUAL_WEIGHT = 100;
/** Added to each latency, in milliseconds: below it, twice as long means nothing. */
const LATENCY_FLOOR_MS = 5;
/** By how much a load must be smaller to be called so. */
const CLEAR_FACTOR = 1.25;

/** Whether `candidate` is clearly less loaded than `other`. Where the latency of one is not known, both count as alike in it. */
export function isClearlyLighter(candidate: Candidate, other: Candidate, now: number): boolean {
  const mine = candidate.latencyAt(now);
  const theirs = other.latencyAt(now);
  const isComparable = mine !== undefined && theirs !== undefined;
  const load = queueAt(candidate, now) * (isComparable ? mine + LATENCY_FLOOR_MS : 1);
  return load * CLEAR_FACTOR < queueAt(other, now) * (isComparable ? theirs + LATENCY_FLOOR_MS : 1);
}

function queueAt(candidate: Candidate, now: number): number {
  return 1 + (candidate.inFlight * USUAL_WEIGHT) / (candidate.weight * candidate.rampAt(now));
}
