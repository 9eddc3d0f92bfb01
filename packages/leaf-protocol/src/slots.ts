/** A bounded number of requests at once; those that wait do so within their time, in the order in which they came. */
import { FleetFailure } from './fleet-failure.ts';

export interface SlotsOptions {
  readonly count: number;
  /** Most that wait; with one more, it is refused. */
  readonly maxWaiting: number;
}

export interface SlotWait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export class Slots {
  readonly #maxWaiting: number;
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor({ count, maxWaiting }: SlotsOptions) {
    this.#free = count;
    this.#maxWaiting = maxWaiting;
  }

  /**
   * @returns what gives the slot back; calling it again does nothing.
   * @throws {FleetFailure} when too many wait, or the time is over; the signal's reason.
   */
  async take({ timeoutMs, signal }: SlotWait): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#wait(timeoutMs, signal);
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.#give();
    };
  }

  #wait(timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.#waiting.size >= this.#maxWaiting) {
      throw new FleetFailure('FF_OVERLOADED', 'too many questions to feeds of this fleet wait already');
    }
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        this.#waiting.delete(go);
      };
      const go = (): void => {
        end();
        resolve();
      };
      const leave = (): void => {
        end();
        reject(signal.reason as Error);
      };
      const late = (): void => {
        end();
        reject(new FleetFailure('FF_SOURCE_TIMEOUT', 'a feed of this fleet took too long'));
      };
      const timer = setTimeout(late, Math.max(0, timeoutMs));
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.add(go);
    });
  }

  /** To the one that waits longest, without being free in between. */
  #give(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free += 1;
    else next();
  }
}
