/**
 * One computation a key, however many wait for it.
 *
 * Each waiter leaves by itself, when its own signal aborts; the computation is told to stop only once nobody waits any more.
 */

import { abortable } from './abortable.ts';

interface Flight<V> {
  readonly promise: Promise<V>;
  readonly abort: AbortController;
  waiters: number;
  settled: boolean;
}

export class Flights<V> {
  readonly #underWay = new Map<string, Flight<V>>();

  /** Computations under way. */
  get size(): number {
    return this.#underWay.size;
  }

  /**
   * Joins the computation of `key`, or starts it.
   *
   * @param signal - of this waiter. @throws its reason, as soon as it aborts.
   */
  async join(key: string, compute: (signal: AbortSignal) => Promise<V>, signal: AbortSignal): Promise<V> {
    signal.throwIfAborted();
    const flight = this.#underWay.get(key) ?? this.#start(key, compute);
    flight.waiters += 1;
    try {
      return await abortable(flight.promise, signal);
    } finally {
      flight.waiters -= 1;
      if (flight.waiters === 0 && !flight.settled) {
        this.#forget(key, flight);
        flight.abort.abort(signal.reason);
      }
    }
  }

  #start(key: string, compute: (signal: AbortSignal) => Promise<V>): Flight<V> {
    const abort = new AbortController();
    const settle = (): void => {
      flight.settled = true;
      this.#forget(key, flight);
    };
    const promise = compute(abort.signal).finally(settle);
    const flight: Flight<V> = { promise, abort, waiters: 0, settled: false };
    this.#underWay.set(key, flight);
    return flight;
  }

  #forget(key: string, flight: Flight<V>): void {
    if (this.#underWay.get(key) === flight) this.#underWay.delete(key);
  }
}
