/**
 * The less loaded of two instances that are drawn by weight. Two are enough to stay away from a slow one, and few enough that
 * balancers which know the same do not all run to the same place.
 *
 * Source: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 1996; `load.ts` for what load is.
 */
import { isClearlyLighter } from './load.ts';
import type { Asking, Candidate, SelectionPolicy } from './selection-policy.ts';

const NONE = -1;

export class LeastLoaded implements SelectionPolicy {
  readonly #random: () => number;

  /** @param random - evenly from 0 up to but not 1. */
  constructor(random: () => number) {
    this.#random = random;
  }

  select<C extends Candidate>(candidates: readonly C[], { now }: Asking): C | undefined {
    if (candidates.length < 2) return candidates[0];
    const first = this.#draw(candidates, now, NONE);
    const second = candidates.length === 2 ? 1 - first : this.#draw(candidates, now, first);
    const [one, other] = [candidates[first], candidates[second]];
    if (one === undefined || other === undefined) return one;
    return isClearlyLighter(other, one, now) ? other : one;
  }

  /** @param without - the index that is not drawn. */
  #draw(candidates: readonly Candidate[], now: number, without: number): number {
    let total = 0;
    for (let index = 0; index < candidates.length; index++) {
      if (index !== without) total += shareOf(candidates[index], now);
    }
    let left = this.#random() * total;
    let last = 0;
    for (let index = 0; index < candidates.length; index++) {
      if (index === without) continue;
      last = index;
      left -= shareOf(candidates[index], now);
      if (left < 0) return index;
    }
    return last;
  }
}

function shareOf(candidate: Candidate | undefined, now: number): number {
  return candidate === undefined ? 0 : candidate.weight * candidate.rampAt(now);
}
