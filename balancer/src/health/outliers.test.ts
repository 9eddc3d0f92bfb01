import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { outliersOf } from './outliers.ts';
import type { Sweep } from './outliers.ts';

const rate = (successes: number, latencyMs = 10): Sweep => {
  return { successes, failures: 100 - successes, totalLatencyMs: successes * latencyMs };
};
const indexes = (sweeps: readonly Sweep[]): number[] => outliersOf(sweeps, true).map(({ index }) => index);

describe('outliers', () => {
  it('of five and more are more than 1.9 standard deviations below the mean', () => {
    expect(indexes([100, 100, 100, 100, 80].map((successes) => rate(successes)))).toEqual([4]);
    expect(indexes([90, 85, 95, 80, 100].map((successes) => rate(successes)))).toEqual([]);
  });

  it('are no instances that are a hair worse than others that never fail', () => {
    expect(indexes([100, 100, 100, 100, 100, 99].map((successes) => rate(successes)))).toEqual([]);
  });

  it('of fewer are far below the mean of the others', () => {
    expect(indexes([rate(60), rate(100)])).toEqual([0]);
    expect(indexes([rate(80), rate(100)])).toEqual([]);
  });

  it('are slower by a factor and by a time that matters', () => {
    expect(indexes([rate(100, 500), rate(100, 50), rate(100, 40)])).toEqual([0]);
    expect(indexes([rate(100, 50), rate(100, 2), rate(100, 2)])).toEqual([]);
    expect(outliersOf([rate(100, 500), rate(100, 50)], false)).toEqual([]);
  });

  it('are never all of a pool, and none where all do alike', () => {
    const sweep = fc.record({ successes: fc.nat(300), failures: fc.nat(300), totalLatencyMs: fc.nat(100_000) });
    fc.assert(
      fc.property(fc.array(sweep, { maxLength: 9 }), (sweeps) => {
        const failing = outliersOf(sweeps, false);
        expect(failing.length).toBeLessThan(Math.max(1, sweeps.length));
        const [first] = sweeps;
        if (first !== undefined)
          expect(
            outliersOf(
              sweeps.map(() => first),
              true,
            ),
          ).toEqual([]);
      }),
    );
  });
});
