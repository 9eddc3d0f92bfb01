/**
 * When a push is tried again, and after how long.
 *
 * Source: RFC 9110, section 10.2.3 (Retry-After); exponential backoff with full jitter.
 */

export interface RetryPolicy {
  /** Attempts for one package, the first included. At least 1. */
  readonly maxAttempts: number;
  /** Upper bound of the first pause, in milliseconds; it doubles with each attempt. */
  readonly baseMs: number;
  /** Longest pause that is our own choice, in milliseconds. */
  readonly maxMs: number;
  /** Longest pause that a server may ask for, in milliseconds; past it, the push of the package fails. */
  readonly maxRetryAfterMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  maxAttempts: 5,
  baseMs: 500,
  maxMs: 15_000,
  maxRetryAfterMs: 120_000,
};

const RETRIED = new Set([408, 429, 502, 503, 504]);

/** @param status - 0 when there was no answer. */
export function isRetried(status: number): boolean {
  return status === 0 || RETRIED.has(status);
}

/** @returns milliseconds; `undefined` when the header is missing or neither seconds nor a date. */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | undefined {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const atMs = Date.parse(value);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/**
 * @param attempt - the attempt that failed, counted from 1.
 * @param random - from 0 up to 1.
 * @returns the pause before the next attempt in milliseconds, `undefined` when there is none.
 */
export function pauseBeforeRetry(
  policy: RetryPolicy,
  failed: { readonly attempt: number; readonly retryAfterMs: number | undefined; readonly random: number },
): number | undefined {
  if (failed.attempt >= policy.maxAttempts) return undefined;
  if ((failed.retryAfterMs ?? 0) > policy.maxRetryAfterMs) return undefined;
  const ceiling = Math.min(policy.maxMs, policy.baseMs * 2 ** (failed.attempt - 1));
  // The jitter goes on top of what the server asked for: everybody was told the same second.
  return Math.round((failed.retryAfterMs ?? 0) + failed.random * ceiling);
}
