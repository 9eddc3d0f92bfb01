/**
 * When a delivery that went wrong is tried again: soon at first, then ever later, spread so that not all come back at once.
 *
 * Source: Marc Brooker, "Exponential Backoff And Jitter" (equal jitter); Standard Webhooks, "Retries".
 */

const FIRST_MS = 5_000;
const LONGEST_MS = 900_000;
const GIVE_UP_MS = 24 * 3_600_000;
/** Attempts at a target that refuses what it gets. */
const MAX_REFUSALS = 6;

export interface Attempted {
  /** Including the last. At least 1. */
  readonly attempts: number;
  /** Whether the target took the connection and said no, for a reason that time does not mend. */
  readonly isRefused: boolean;
  /** What the target asked for, if it did. */
  readonly retryAfterMs: number | undefined;
  readonly createdAt: number;
  readonly now: number;
}

/** @param random - from 0 up to 1. @returns when to try again, `undefined` for never. */
export function nextAttemptAt(attempted: Attempted, random: number): number | undefined {
  const { attempts, isRefused, retryAfterMs = 0, createdAt, now } = attempted;
  if (isRefused && attempts >= MAX_REFUSALS) return undefined;
  const step = Math.min(FIRST_MS * 2 ** Math.min(attempts - 1, 30), LONGEST_MS);
  const at = now + Math.max(step / 2 + (step / 2) * random, Math.min(retryAfterMs, LONGEST_MS));
  return at - createdAt > GIVE_UP_MS ? undefined : at;
}
