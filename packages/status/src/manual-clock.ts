/** For tests: time stands still until it is moved. */
import type { Clock } from '@feedfleet/registry-client';

interface Sleep {
  readonly until: number;
  readonly end: () => void;
}

export class ManualClock implements Clock {
  readonly #sleeps = new Set<Sleep>();
  #now: number;

  /** @param at - ISO instant. */
  constructor(at: string) {
    this.#now = Date.parse(at);
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const sleep: Sleep = { until: this.#now + milliseconds, end: resolve };
      const give = (): void => {
        this.#sleeps.delete(sleep);
        reject(signal.reason as Error);
      };
      if (signal.aborted) give();
      else this.#sleeps.add(sleep);
      signal.addEventListener('abort', give, { once: true });
    });
  }

  /** Wakes who slept for so long, and lets them do what they do without waiting for others. */
  async advance(milliseconds: number): Promise<void> {
    this.#now += milliseconds;
    for (const sleep of this.#sleeps) {
      if (sleep.until > this.#now) continue;
      this.#sleeps.delete(sleep);
      sleep.end();
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}
