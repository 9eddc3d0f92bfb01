/** What one query may cost: rows and time; and when others get their turn. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';

/** Most rows that one query looks at. */
const MAX_EXAMINED = 50_000;
/** How long one query works in all, without its waits, in milliseconds. */
const MAX_WORK_MS = 5_000;
/** How long it works before others get their turn, in milliseconds. */
const SLICE_MS = 5;

const FORMS =
  "Packages()?$filter=Id eq 'X', FindPackagesById()?id='X', Packages()?$filter=startswith(Id,'x'), " +
  "Packages()?$filter=IsLatestVersion and substringof('abc',Id), Packages()?$filter=Created gt datetime'2026-01-31', " +
  "any of them without $inlinecount and in order of Id, or Search()?searchTerm='x'";

export class QueryBudget {
  readonly #signal: AbortSignal;
  #rest = MAX_EXAMINED;
  #workedMs = 0;
  #sliceStart: number;
  /** Since when work was not counted yet. */
  #workStart: number;
  readonly #now: () => number;

  /** @param now - milliseconds of a clock that never goes back. */
  constructor(signal: AbortSignal, now: () => number = () => performance.now()) {
    this.#signal = signal;
    this.#now = now;
    this.#sliceStart = this.#workStart = now();
  }

  /** Rows that may still be looked at. */
  get rest(): number {
    return this.#rest;
  }

  /** @throws ProblemError `FF_INVALID_QUERY` when that is more than the rest. */
  spend(rows: number): void {
    this.#rest -= rows;
    if (this.#rest < 0)
      throw tooMuch(`a query that looks at no more than ${MAX_EXAMINED} versions`, 'one that needs more');
  }

  isDue(): boolean {
    return this.#now() - this.#sliceStart > SLICE_MS;
  }

  /** Waits for others, such as package sources: what passes meanwhile is no work of the query. */
  async waited<T>(pending: Promise<T>): Promise<T> {
    this.#count();
    try {
      return await pending;
    } finally {
      this.#workStart = this.#now();
    }
  }

  /**
   * Gives others their turn when it is due.
   *
   * @throws ProblemError `FF_INVALID_QUERY` when the time is up; the signal's reason when it aborts.
   */
  async pause(): Promise<void> {
    if (!this.isDue()) return;
    this.#count();
    await nextTurn();
    this.#signal.throwIfAborted();
    if (this.#workedMs > MAX_WORK_MS) throw tooMuch(`a query of at most ${MAX_WORK_MS} ms`, 'one that needs more');
    this.#sliceStart = this.#workStart = this.#now();
  }

  #count(): void {
    this.#workedMs += this.#now() - this.#workStart;
  }
}

export function tooMuch(wanted: string, got: string): ProblemError {
  return new ProblemError('invalidQuery', { detail: `expected ${wanted}, got ${got}; forms that work: ${FORMS}` });
}
