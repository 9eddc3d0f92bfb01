/** Long computations in turns: others get theirs after a few milliseconds. */
import { setImmediate as nextTurn } from 'node:timers/promises';

const TURN_MS = 5;

export class Turns {
  readonly #signal: AbortSignal;
  #endsAt = performance.now() + TURN_MS;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Whether this turn has lasted long enough. */
  get isOver(): boolean {
    return performance.now() >= this.#endsAt;
  }

  /** Lets others have theirs. @throws the signal's reason. */
  async next(): Promise<void> {
    await nextTurn();
    this.#signal.throwIfAborted();
    this.#endsAt = performance.now() + TURN_MS;
  }
}
