import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { LatencyHistogram } from './latency-histogram.ts';

const of = (values: readonly number[]): LatencyHistogram => {
  const histogram = new LatencyHistogram();
  for (const each of values) histogram.record(each);
  return histogram;
};

/** The nearest-rank quantile. */
const exact = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[Math.ceil(share * values.length) - 1] ?? Number.NaN;

const latencies = fc.array(fc.double({ min: 0, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 300 });
const shares = fc.double({ min: 0.001, max: 1, noNaN: true });

describe('a latency histogram', () => {
  it('gives every quantile within 1 % and a microsecond', () => {
    fc.assert(
      fc.property(latencies, shares, (values, share) => {
        const truth = exact(values, share);
        const found = of(values).quantileMs(share);
        expect(found).toBeGreaterThanOrEqual(truth - 0.001);
        expect(found).toBeLessThanOrEqual(truth * 1.01 + 0.001);
      }),
    );
  });

  it('is the same whether values are recorded at one place or added from two', () => {
    fc.assert(
      fc.property(latencies, latencies, shares, (left, right, share) => {
        const sum = of(left);
        sum.add(of(right));
        const whole = of([...left, ...right]);
        expect([sum.count, sum.maxMs, sum.quantileMs(share)]).toEqual([
          whole.count,
          whole.maxMs,
          whole.quantileMs(share),
        ]);
      }),
    );
  });

  it('counts what took at least as long', () => {
    const histogram = of([1, 2, 400, 500, 501, 10_000]);
    expect([0, 450, 502, 20_000].map((ms) => histogram.countFrom(ms))).toEqual([6, 3, 1, 0]);
  });

  it('has no quantile when nothing was recorded', () => {
    expect(new LatencyHistogram().quantileMs(0.99)).toBeNaN();
  });
});
