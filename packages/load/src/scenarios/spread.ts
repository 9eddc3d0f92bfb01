/**
 * Choices that are spread evenly and are the same in every run, so that two runs ask the same. Pure.
 *
 * Source: the additive recurrence with the golden ratio and its generalisations (M. Roberts, "The Unreasonable Effectiveness of
 * Quasirandom Sequences"); G. K. Zipf for what is popular.
 */

/** Roots of x^(d+1) = x + 1 for d = 1, 2, 3: steps that never fall into step with each other. */
const STEPS = [0.618_033_988_75, 0.754_877_666_25, 0.819_172_513_4] as const;

/**
 * @param turn - from 0.
 * @param which - of three sequences that have nothing to do with each other.
 * @returns from 0 up to 1.
 */
export function spread(turn: number, which: 0 | 1 | 2 = 0): number {
  return (0.5 + turn * STEPS[which]) % 1;
}

/** One of many, evenly. */
export function evenly<T>(list: readonly [T, ...T[]], turn: number, which: 0 | 1 | 2 = 0): T {
  return list[Math.floor(spread(turn, which) * list.length)] ?? list[0];
}

/** The first is asked for most, the second half as often, the third a third as often. */
export class Popularity {
  /** Shares of all up to and with each. */
  readonly #upTo: Float64Array;

  constructor(count: number) {
    this.#upTo = new Float64Array(Math.max(1, count));
    let sum = 0;
    for (let place = 0; place < this.#upTo.length; place += 1) this.#upTo[place] = sum += 1 / (place + 1);
    for (let place = 0; place < this.#upTo.length; place += 1) this.#upTo[place] = (this.#upTo[place] ?? 0) / sum;
  }

  /** @param share - from 0 up to 1. @returns a place, from 0. */
  placeAt(share: number): number {
    const place = this.#upTo.findIndex((upTo) => share < upTo);
    return place === -1 ? this.#upTo.length - 1 : place;
  }

  of<T>(list: readonly [T, ...T[]], turn: number, which: 0 | 1 | 2 = 0): T {
    return list[this.placeAt(spread(turn, which))] ?? list[0];
  }
}
