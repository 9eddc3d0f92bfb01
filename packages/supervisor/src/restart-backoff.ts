/**
 * How long a process that died waits for its next start: twice as long each time, with jitter, until it stays up.
 *
 * Source: AWS Architecture Blog, "Exponential Backoff And Jitter", the variant "equal jitter".
 */

export interface BackoffPolicy {
  /** Longest first wait, in milliseconds. */
  readonly baseMs: number;
  /** Longest wait at all, in milliseconds. */
  readonly maxMs: number;
  /** A process that was up for so long, in milliseconds, starts from the base again. */
  readonly resetAfterMs: number;
}

export const DEFAULT_BACKOFF: BackoffPolicy = { baseMs: 200, maxMs: 10_000, resetAfterMs: 30_000 };

export class RestartBackoff {
  readonly #policy: BackoffPolicy;
  readonly #random: () => number;
  #deaths = 0;

  /** @param random - from 0 up to 1, without 1. */
  constructor(policy: BackoffPolicy, random: () => number) {
    this.#policy = policy;
    this.#random = random;
  }

  /**
   * @param upMs - for how long it was ready before it died; 0 when it never was.
   * @returns milliseconds until the next start, from half of the step to the whole step.
   */
  nextDelayMs(upMs: number): number {
    const { baseMs, maxMs, resetAfterMs } = this.#policy;
    if (upMs >= resetAfterMs) this.#deaths = 0;
    const stepMs = Math.min(maxMs, baseMs * 2 ** this.#deaths);
    this.#deaths = Math.min(this.#deaths + 1, 30);
    return Math.round(stepMs / 2 + (this.#random() * stepMs) / 2);
  }
}
