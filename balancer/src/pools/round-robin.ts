/**
 * One after the other, each as often as its weight says, and never the same one many times in a row.
 *
 * Source: nginx, "Upstream: smooth weighted round-robin balancing", commit 52327e0627f4.
 */
import type { Asking, Candidate, SelectionPolicy } from './selection-policy.ts';

export class RoundRobin implements SelectionPolicy {
  readonly #credits = new WeakMap<Candidate, number>();

  select<C extends Candidate>(candidates: readonly C[], { now }: Asking): C | undefined {
    if (candidates.length < 2) return candidates[0];
    let total = 0;
    let chosen: C | undefined;
    let most = -Infinity;
    for (const candidate of candidates) {
      const share = candidate.weight * candidate.rampAt(now);
      const credit = (this.#credits.get(candidate) ?? 0) + share;
      this.#credits.set(candidate, credit);
      total += share;
      if (credit > most) {
        most = credit;
        chosen = candidate;
      }
    }
    if (chosen !== undefined) this.#credits.set(chosen, most - total);
    return chosen;
  }
}
