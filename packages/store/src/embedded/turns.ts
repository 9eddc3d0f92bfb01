/** The work of one request in slices: SQLite answers at once, so between two statements others get their turn when it is due. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connection } from './connection.ts';

/** How long one request works before others get their turn, in milliseconds. */
const SLICE_MS = 5;

export interface TurnsOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from any moment on. Default: since the process began. */
  readonly now?: (() => number) | undefined;
}

/** What is read by several statements, between which others may have their turn. */
export interface SlicedReader {
  readonly connection: Connection;
  readonly turns: Turns;
}

export class Turns {
  readonly #signal: AbortSignal | undefined;
  readonly #now: () => number;
  #since: number;

  constructor({ signal, now = () => performance.now() }: TurnsOptions = {}) {
    this.#signal = signal;
    this.#now = now;
    this.#since = now();
  }

  /**
   * Lets others work when this request has worked for a slice; else it goes on at once.
   *
   * @throws the signal's reason when it was aborted meanwhile.
   */
  async pause(): Promise<void> {
    if (this.#now() - this.#since < SLICE_MS) return;
    await nextTurn();
    this.#signal?.throwIfAborted();
    this.#since = this.#now();
  }
}
