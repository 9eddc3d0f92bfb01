/** Waits for what will be true soon: asks again and again, up to a bound. */
import { setTimeout as delay } from 'node:timers/promises';

const PAUSE_MS = 25;

export interface Expectation {
  /** What is waited for, for the message. */
  readonly what: string;
  /** In milliseconds. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

/**
 * @param probe - gives a value when it is so, and undefined or an error when not yet.
 * @throws Error when it is not so within the limit, with the last error as its cause; the signal's reason when it aborts.
 */
export async function eventually<T>(
  { what, limitMs, signal }: Expectation,
  probe: () => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const begun = performance.now();
  let cause: unknown;
  for (;;) {
    signal?.throwIfAborted();
    try {
      const value = await probe();
      if (value !== undefined) return value;
    } catch (error) {
      cause = error;
    }
    if (performance.now() - begun > limitMs) throw new Error(`not within ${limitMs} ms: ${what}`, { cause });
    await delay(PAUSE_MS);
  }
}
