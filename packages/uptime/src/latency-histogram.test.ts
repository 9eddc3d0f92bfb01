import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { addHistograms, decodeHistogram, encodeHistogram, histogramOf, quantileOf } from './latency-histogram.ts';

const latencies = fc.array(fc.double({ min: 1, max: 600_000, noNaN: true }), { minLength: 1, maxLength: 200 });
const plain = (histogram: ReadonlyMap<number, number>) => [...histogram].sort(([left], [right]) => left - right);

describe('a latency histogram', () => {
  it.each([0.5, 0.95, 1])('tells the quantile %p within 5 percent', (share) => {
    fc.assert(
      fc.property(latencies, (all) => {
        const exact = [...all].sort((left, right) => left - right)[Math.ceil(all.length * share) - 1] ?? Number.NaN;
        const told = quantileOf(histogramOf(all), share) ?? Number.NaN;
        expect(Math.abs(told - exact) / exact).toBeLessThan(0.0501);
      }),
    );
  });

  it('of two stretches of time is the sum of theirs', () => {
    fc.assert(
      fc.property(latencies, latencies, (left, right) => {
        const sum = addHistograms([histogramOf(left), histogramOf(right)]);
        expect(plain(sum)).toEqual(plain(histogramOf([...left, ...right])));
      }),
    );
  });

  it('comes back from its bytes', () => {
    const counts = fc.array(fc.tuple(fc.integer({ min: 0, max: 150 }), fc.integer({ min: 1, max: 2 ** 40 })));
    fc.assert(
      fc.property(counts, (entries) => {
        const histogram = new Map(entries);
        expect(plain(decodeHistogram(encodeHistogram(histogram)))).toEqual(plain(histogram));
      }),
    );
  });

  it('of 720 rounds takes at most 300 bytes, however they are spread', () => {
    const spread = histogramOf(Array.from({ length: 720 }, (_each, index) => 1.019 ** index));
    expect(encodeHistogram(spread).length).toBeLessThanOrEqual(300);
  });

  it('of nothing has no quantiles', () => {
    expect(quantileOf(histogramOf([]), 0.5)).toBeNull();
  });
});
