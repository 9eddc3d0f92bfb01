/** Work in slices: the event loop is given to others after every few milliseconds. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work goes on before others get their turn, in milliseconds. */
const SLICE_MS = 5;

export class Slices {
  readonly #signal: AbortSignal;
  #start = performance.now();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  isDue(): boolean {
    return performance.now() - this.#start > SLICE_MS;
  }

  /**
   * Gives others their turn.
   *
   * @throws the signal's reason, when it has aborted.
   */
  async turn(): Promise<void> {
    await nextTurn();
    this.#signal.throwIfAborted();
    this.#start = performance.now();
  }
}
