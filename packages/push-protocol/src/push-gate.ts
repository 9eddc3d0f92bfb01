/**
 * How many packages are inspected and published at a time: a bulkhead with a bounded queue. What waits here is staged on disk
 * already, so no place depends on how fast a client sends.
 */
import { ProblemError } from '@feedfleet/problems';

export interface PushGateLimits {
  /** Pushes that are inspected and published at a time. At least 1. */
  readonly maxConcurrent: number;
  /** Pushes that wait; further ones are refused. At least 0. */
  readonly maxQueued: number;
}

interface Waiting {
  readonly enter: () => void;
}

const RETRY_AFTER_SECONDS = 5;

export class PushGate {
  readonly #limits: PushGateLimits;
  readonly #queue = new Set<Waiting>();
  #running = 0;

  constructor(limits: PushGateLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get queued(): number {
    return this.#queue.size;
  }

  /**
   * Waits for a place.
   *
   * @returns gives the place back; idempotent.
   * @throws ProblemError `FF_OVERLOADED` when the queue is full; the signal's reason when it aborts.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#running >= this.#limits.maxConcurrent) await this.#wait(signal);
    else this.#running += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#leave();
    };
  }

  #wait(signal: AbortSignal): Promise<void> {
    if (this.#queue.size >= this.#limits.maxQueued) {
      throw new ProblemError('overloaded', {
        detail: 'too many packages wait to be published',
        retryAfterSeconds: RETRY_AFTER_SECONDS,
      });
    }
    return new Promise<void>((resolve, reject) => {
      const onAbort = (): void => {
        this.#queue.delete(waiting);
        reject(signal.reason as Error);
      };
      const waiting: Waiting = {
        enter: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.add(waiting);
    });
  }

  /** The place goes to who has waited longest, without being free in between. */
  #leave(): void {
    const [next] = this.#queue;
    if (next === undefined) {
      this.#running -= 1;
      return;
    }
    this.#queue.delete(next);
    next.enter();
  }
}
