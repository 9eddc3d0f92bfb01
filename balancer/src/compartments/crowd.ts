/**
 * How fast requests get through a crowded compartment, and how long somebody would wait for a turn in it. Pure.
 *
 * It counts from the moment at which most places are taken: what is finished before says what is asked of a compartment, what is
 * finished then says what it is able to.
 *
 * Source: Little, "A Proof for the Queuing Formula L = λW" (1961): what is under way, by what is finished in a second, is how long it takes.
 */

/** Where a crowd begins and ends, as a part of the limit. */
const BEGINS = 0.75;
const ENDS = 0.5;
const WINDOW_MS = 250;
/** The first figure of a crowd comes sooner: until then nobody knows whom to let wait. */
const FIRST_WINDOW_MS = 50;
/** No window is shorter than so many times what a request takes: whole rounds of them end at once. */
const TIMES_USUAL = 2;
const MAX_WINDOW_MS = 2_000;
/** Where there was a crowd from the beginning. */
const UNKNOWN_USUAL_MS = 250;
/** The part that the newest window has in the figure, and the newest request in what is usual. */
const WEIGHT = 0.4;
const USUAL_WEIGHT = 0.1;
/** An older figure is of another time. */
const MAX_AGE_MS = 30_000;
/** So many may wait at any rate, where places come free: no figure is so exact. */
const ALWAYS_WAIT = 4;
/** Requests that take so many times as long as usual hinder each other. */
const JAMMED = 4;

export interface Places {
  readonly underWay: number;
  readonly limit: number;
}

export class Crowd {
  #isThere = false;
  #startedAt = 0;
  #count = 0;
  /** Since the crowd began. */
  #finished = 0;
  #perSecond: number | undefined;
  /** How long a request is under way without a crowd; `undefined` while there was always one. */
  #usualMs: number | undefined;

  /** A request took a place. */
  admitted({ underWay, limit }: Places, now: number): void {
    if (!this.#isThere && underWay >= BEGINS * limit) this.#begin(now);
  }

  /** A request is about to wait. */
  waits(now: number): void {
    if (!this.#isThere) this.#begin(now);
  }

  /** It is crowded, and so many are known to be finished in a second: nobody has to wait to find out. */
  begins(perSecond: number, now: number): void {
    if (this.#isThere) return;
    this.#begin(now);
    this.#perSecond ??= perSecond;
  }

  /** A request gave its place back, after `tookMs`. */
  left({ underWay, limit }: Places, { tookMs, waiting, now }: Leaving): void {
    if (!this.#isThere) {
      this.#usualMs ??= tookMs;
      this.#usualMs += USUAL_WEIGHT * (tookMs - this.#usualMs);
      return;
    }
    this.#count += 1;
    this.#finished += 1;
    this.#close(now);
    if (waiting === 0 && underWay < ENDS * limit) this.#isThere = false;
  }

  /** Requests that are finished in a second; `undefined` without a crowd, and before there was enough to count. */
  perSecond(now: number): number | undefined {
    if (!this.#isThere) return undefined;
    this.#close(now);
    return this.#perSecond;
  }

  /** How long the last of `waiting` waits for its turn, in milliseconds; 0 where nobody knows. */
  waitMs(waiting: number, { underWay, limit }: Places, now: number): number {
    const perSecond = this.perSecond(now);
    if (perSecond === undefined) return 0;
    // Those beyond a limit that was lowered, and those who have held their places since before the crowd and hinder each other.
    const isJammed = this.#usualMs !== undefined && (underWay * 1_000) / perSecond > JAMMED * this.#usualMs;
    const before = Math.max(underWay - limit, isJammed ? underWay - this.#finished : 0, 0);
    if (waiting <= ALWAYS_WAIT && before === 0) return 0;
    return ((before + waiting) * 1_000) / perSecond;
  }

  #begin(now: number): void {
    if (now - this.#startedAt > MAX_AGE_MS) this.#perSecond = undefined;
    this.#isThere = true;
    this.#startedAt = now;
    this.#count = 0;
    this.#finished = 0;
  }

  /** One long silence weighs as much as many short ones. */
  #close(now: number): void {
    const lengthMs = now - this.#startedAt;
    const least = this.#perSecond === undefined ? FIRST_WINDOW_MS : WINDOW_MS;
    const windowMs = Math.min(MAX_WINDOW_MS, Math.max(least, TIMES_USUAL * (this.#usualMs ?? UNKNOWN_USUAL_MS)));
    if (lengthMs < windowMs) return;
    // Another one may be about to end: a short silence is no standstill.
    const measured = (Math.max(1, this.#count) * 1_000) / lengthMs;
    const weight = 1 - (1 - WEIGHT) ** Math.floor(lengthMs / windowMs);
    this.#perSecond =
      this.#perSecond === undefined ? measured : this.#perSecond + weight * (measured - this.#perSecond);
    this.#count = 0;
    this.#startedAt = now;
  }
}

interface Leaving {
  readonly tookMs: number;
  /** Requests that wait. */
  readonly waiting: number;
  readonly now: number;
}
