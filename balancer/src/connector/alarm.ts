/**
 * A timer that is moved for next to nothing: later means a number is written, and the timer that is under way looks at it when it
 * rings. With deadlines of seconds and exchanges of milliseconds it hardly ever has to be armed.
 *
 * It rings after the reads of its turn. A process that was held up (stopped and continued, or short of processor time) comes back to
 * timers first, while what the other side sent in time still waits to be read; nobody is to be called silent for that.
 *
 * Source: Node.js, "The Node.js Event Loop", phases `timers`, `poll` and `check`, in this order.
 */

/** Timers may ring early by as much, in milliseconds. */
const EARLY_MS = 1;

export class Alarm {
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #afterReads: NodeJS.Immediate | undefined;
  #wakesAt = Infinity;
  #dueAt = Infinity;

  constructor(ring: () => void) {
    this.#ring = ring;
  }

  /** @param dueAt - by `performance.now()`; `Infinity` is never. */
  set(dueAt: number): void {
    this.#dueAt = dueAt;
    if (dueAt < this.#wakesAt) this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#afterReads);
    this.#timer = undefined;
    this.#wakesAt = Infinity;
    this.#dueAt = Infinity;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    this.#wakesAt = this.#dueAt;
    this.#timer = setTimeout(this.#wake, Math.max(1, Math.ceil(this.#dueAt - performance.now())));
    // What it watches is a socket, which keeps the process for as long as there is something to wait for.
    this.#timer.unref();
  }

  readonly #wake = (): void => {
    this.#timer = undefined;
    this.#wakesAt = Infinity;
    if (this.#isDue()) this.#afterReads = setImmediate(this.#decide);
    else if (this.#dueAt !== Infinity) this.#arm();
  };

  readonly #decide = (): void => {
    // What was read may have moved it, and then its timer is armed.
    if (!this.#isDue()) return;
    this.#dueAt = Infinity;
    this.#ring();
  };

  #isDue(): boolean {
    return performance.now() + EARLY_MS >= this.#dueAt;
  }
}
