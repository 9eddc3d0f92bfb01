/**
 * Bulkhead: how many requests to one source or storage are under way at once, and how many wait for how long.
 *
 * Source: M. Nygard, "Release It!", "Bulkheads".
 */

export interface BulkheadPolicy {
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  readonly maxWaitMs: number;
}

export type BulkheadAnswer =
  /** `release` may be called more than once. */
  | { readonly outcome: 'admitted'; readonly release: () => void }
  | { readonly outcome: 'full' | 'waitedTooLong' | 'cancelled' };

interface Waiting {
  readonly admit: (release: () => void) => void;
}

export class Bulkhead {
  readonly #policy: BulkheadPolicy;
  readonly #queue = new Set<Waiting>();
  #inFlight = 0;

  constructor(policy: BulkheadPolicy) {
    this.#policy = policy;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /** First come, first served. */
  async enter(signal: AbortSignal): Promise<BulkheadAnswer> {
    if (signal.aborted) return { outcome: 'cancelled' };
    if (this.#inFlight < this.#policy.maxConcurrent) return { outcome: 'admitted', release: this.#take() };
    if (this.#queue.size >= this.#policy.maxQueued) return { outcome: 'full' };
    return this.#wait(signal);
  }

  #wait(signal: AbortSignal): Promise<BulkheadAnswer> {
    return new Promise((resolve) => {
      const end = (answer: BulkheadAnswer): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', cancel);
        this.#queue.delete(waiting);
        resolve(answer);
      };
      const cancel = (): void => end({ outcome: 'cancelled' });
      const waiting: Waiting = { admit: (release) => end({ outcome: 'admitted', release }) };
      const timer = setTimeout(() => end({ outcome: 'waitedTooLong' }), this.#policy.maxWaitMs);
      signal.addEventListener('abort', cancel);
      this.#queue.add(waiting);
    });
  }

  #take(): () => void {
    this.#inFlight += 1;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      this.#inFlight -= 1;
      const [next] = this.#queue;
      if (next !== undefined) next.admit(this.#take());
    };
  }
}
