/** Pure computations that can be interrupted: they yield now and then, and whoever runs them decides what happens in between. */
import { setImmediate as nextTurn } from 'node:timers/promises';

export type Steps<T> = Generator<undefined, T>;

/** How many rows are looked at between two yields: far less than a millisecond. */
const ROWS_PER_STEP = 256;

/** How long the event loop is held, in milliseconds. */
const TURN_MS = 5;

/** Runs a computation, and lets others have the event loop every few milliseconds. @throws the signal's reason. */
export async function inTurns<T>(steps: Steps<T>, signal: AbortSignal): Promise<T> {
  let endsAt = performance.now() + TURN_MS;
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() < endsAt) continue;
    await nextTurn();
    signal.throwIfAborted();
    endsAt = performance.now() + TURN_MS;
  }
}

/** Counts the rows that a computation has looked at, and yields after every so many. */
export class StepCounter {
  #left = ROWS_PER_STEP;

  *rows(count = 1): Generator<undefined, void> {
    this.#left -= count;
    if (this.#left > 0) return;
    this.#left = ROWS_PER_STEP;
    yield undefined;
  }
}
