import { describe, expect, it } from '@jest/globals';

import { allScenarios } from './all-scenarios.ts';
import { assertRates, assertSeconds, BOUNDS } from './bounds.ts';
import { madeUpTarget } from './made-up-target.ts';

async function check(name: string, ratePerSecond: number): Promise<void> {
  const settings = { ratePerSecond, seconds: 60, maxConnections: 10, run: 'abc' };
  const plan = await allScenarios.find((scenario) => scenario.name === name)?.plan(madeUpTarget('both'), settings);
  if (plan === undefined) throw new Error(`no scenario ${name}`);
  assertRates(plan, settings);
}

describe('a run', () => {
  it.each([
    ['restore', 20_000],
    ['herd', 2_222],
    ['hot-package', 4_000],
    ['search', 6_666],
  ])('has at most so many requests a second in its busiest phase: %s with a rate of %i', async (name, most) => {
    await expect(check(name, most)).resolves.toBeUndefined();
    await expect(check(name, most + 1)).rejects.toThrow(`expected a rate of at most ${most}, got ${most + 1}`);
  });

  it('is an hour long at most, with its warm-up', () => {
    expect(() => assertSeconds({ seconds: BOUNDS.seconds - 10, warmUpSeconds: 10 })).not.toThrow();
    expect(() => assertSeconds({ seconds: BOUNDS.seconds, warmUpSeconds: 10 })).toThrow('got 3600s and 10s');
  });
});
