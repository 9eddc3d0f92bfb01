import type { HierarchyPlan } from '@feedfleet/feedchain';
import { describe, expect, it } from '@jest/globals';

import { KeptPlans } from './kept-plans.ts';

const planOf = (contexts: number): HierarchyPlan =>
  ({ contexts: Array.from({ length: contexts }), validUntilMs: Infinity }) as unknown as HierarchyPlan;

/** Asks for plans of as many contexts; gives the names that had to be planned. */
function planned(plans: KeptPlans, names: readonly string[], contexts: number, number = 1): readonly string[] {
  const made: string[] = [];
  for (const name of names) {
    const plan = (): HierarchyPlan => {
      made.push(name);
      return planOf(contexts);
    };
    plans.get({ number }, name, { now: 0, plan });
  }
  return made;
}

describe('kept plans', () => {
  it('are made once for each question, until the registry changes', () => {
    const plans = new KeptPlans();
    expect(planned(plans, ['a', 'b', 'a'], 3)).toEqual(['a', 'b']);
    expect(planned(plans, ['a'], 3, 2)).toEqual(['a']);
  });

  it('are bounded by the contexts of all of them', () => {
    const plans = new KeptPlans();
    const names = Array.from({ length: 30 }, (_, index) => String(index));
    expect(planned(plans, names, 1_000)).toEqual(names);
    expect(planned(plans, names.slice(25), 1_000)).toEqual([]);
    expect(planned(plans, ['0'], 1_000)).toEqual(['0']);
    expect(planned(plans, ['huge', 'huge'], 30_000)).toEqual(['huge', 'huge']);
  });
});
