import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Arrivals } from './arrivals.ts';

describe('arrivals', () => {
  it('come at their rate, however seldom they are asked for', () => {
    const ratePerSecond = fc.integer({ min: 1, max: 5_000 });
    const pauses = fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 20 });
    fc.assert(
      fc.property(ratePerSecond, pauses, (rate, list) => {
        const arrivals = new Arrivals({ startMs: 0, ratePerSecond: rate });
        let now = 0;
        let taken = arrivals.take(now).length;
        for (const pause of list) {
          now += pause;
          const due = arrivals.take(now);
          expect(due.every((each) => each > now - pause - 1e-6 && each <= now)).toBe(true);
          taken += due.length;
        }
        expect(Math.abs(taken - (1 + (now * rate) / 1000))).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('come together in bursts of one size', () => {
    const arrivals = new Arrivals({ startMs: 100, ratePerSecond: 10, burst: 5 });
    expect(arrivals.take(99)).toEqual([]);
    expect(arrivals.take(1_099)).toEqual([100, 100, 100, 100, 100, 600, 600, 600, 600, 600]);
  });

  it('stop at rate 0 and begin again at once', () => {
    const arrivals = new Arrivals({ startMs: 0, ratePerSecond: 10 });
    expect(arrivals.take(0)).toEqual([0]);
    arrivals.setRate(0, 50);
    expect(arrivals.take(10_000)).toEqual([]);
    arrivals.setRate(100, 10_000);
    expect(arrivals.take(10_020)).toEqual([10_000, 10_010, 10_020]);
  });
});
