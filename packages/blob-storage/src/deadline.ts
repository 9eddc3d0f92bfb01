/** How long a call of the storage may take: so long without a sign of life, and so long in all. */
import { StorageFailure } from './storage-failure.ts';

interface DeadlineOptions {
  /** Longest time without a sign of life. */
  readonly idleMs: number;
  /** Of the whole call; may be set later, when it is known how much there is to come. */
  readonly totalMs: number;
}

export class Deadline {
  readonly #idleMs: number;
  readonly #aborter = new AbortController();
  readonly #idle: NodeJS.Timeout;
  #total: NodeJS.Timeout;

  constructor({ idleMs, totalMs }: DeadlineOptions) {
    this.#idleMs = idleMs;
    this.#idle = setTimeout(() => this.#tooLate('the storage does not answer in time'), idleMs);
    this.#total = this.#inAll(totalMs);
  }

  get signal(): AbortSignal {
    return this.#aborter.signal;
  }

  /** A sign of life. */
  readonly progress = (): void => {
    this.#idle.refresh();
  };

  /** Counted from now on. */
  extend(totalMs: number): void {
    clearTimeout(this.#total);
    if (!this.signal.aborted) this.#total = this.#inAll(totalMs);
  }

  /** Ends the call for another reason. */
  abort(reason: Error): void {
    this.#aborter.abort(reason);
  }

  end(): void {
    clearTimeout(this.#idle);
    clearTimeout(this.#total);
  }

  #inAll(totalMs: number): NodeJS.Timeout {
    return setTimeout(() => this.#tooLate('the storage is too slow'), Math.max(totalMs, this.#idleMs));
  }

  #tooLate(detail: string): void {
    this.#aborter.abort(new StorageFailure('timeout', { detail }));
  }
}
