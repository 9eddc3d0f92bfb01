/**
 * One answer that is kept, and for what it is good at an age. Pure.
 *
 * Source: RFC 5861, "HTTP Cache-Control Extensions for Stale Content".
 */

/** An id that a source does not have may be there soon. */
const NEGATIVE_FRESH_MS = 10_000;
/** The part of its time by which an answer may be fresh for less, so that not all are asked for again at once. */
const SPREAD_RATIO = 0.1;
/** Between attempts at a source that gave no answer while a copy stands in: the first, and the longest of our own. */
const FIRST_REST_MS = 500;
const LONGEST_REST_MS = 3000;
/** Longest that a source can ask for. */
const LONGEST_ASKED_REST_MS = 30_000;

export interface KeptAnswer {
  readonly value: object;
  readonly tag: string;
  readonly askedAtMs: number;
  /** It is for whoever comes the same way only. */
  readonly variesByChain: boolean;
  /** The source said that it has nothing. */
  readonly isNegative: boolean;
  /** 0 to 1: how much of the spread this answer takes. */
  readonly spread: number;
  /** Attempts in a row that brought no answer. */
  readonly failures: number;
  /** Until when the source is not asked again. */
  readonly restsUntilMs: number;
}

export interface KeepingTimes {
  /** For which an answer is as good as a new one. */
  readonly freshMs: number;
  /** For which it may stand in for a source that does not answer. */
  readonly standInMs: number;
}

/**
 * - `fresh`: as good as a new one
 * - `usable`: good for whoever asks now, and to be asked for again meanwhile (for as long again as it was fresh)
 * - `standIn`: only if the source does not answer
 * - `spent`: for nothing
 */
export type Usefulness = 'fresh' | 'usable' | 'standIn' | 'spent';

export function usefulness(kept: KeptAnswer, { freshMs, standInMs }: KeepingTimes, nowMs: number): Usefulness {
  const ageMs = nowMs - kept.askedAtMs;
  const wholeMs = kept.isNegative ? Math.min(freshMs, NEGATIVE_FRESH_MS) : freshMs;
  const ownFreshMs = wholeMs * (1 - SPREAD_RATIO * kept.spread);
  if (ageMs < ownFreshMs) return 'fresh';
  // A source that failed since is no longer taken to say the same.
  if (ageMs < 2 * ownFreshMs && kept.failures === 0) return 'usable';
  return ageMs < standInMs ? 'standIn' : 'spent';
}

/** The same answer after another attempt that brought none. @param random - 0 to 1. */
export function failedOnceMore(
  kept: KeptAnswer,
  { nowMs, retryAfterMs, random }: { readonly nowMs: number; readonly retryAfterMs: number; readonly random: number },
): KeptAnswer {
  const longestMs = Math.min(LONGEST_REST_MS, FIRST_REST_MS * 2 ** Math.min(kept.failures, 10));
  const restMs = Math.max(longestMs * (0.5 + random / 2), Math.min(retryAfterMs, LONGEST_ASKED_REST_MS));
  return { ...kept, failures: kept.failures + 1, restsUntilMs: nowMs + restMs };
}
