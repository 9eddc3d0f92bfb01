import { describe, expect, it } from '@jest/globals';

import { delayOf, knownLatencyMs } from './known-answers.ts';

const STALL = { startMs: 1_000, endMs: 2_000 };

describe('the truth of a request', () => {
  it.each([
    ['is its delay', 100, 10, 10],
    ['is its delay after the stall', 2_000, 10, 10],
    ['ends with the stall when it was to be answered in it', 995, 10, 1_005],
    ['begins with the end of the stall when it was to start in it', 1_200, 10, 810],
    ['is not touched by a stall that is over before its answer', 950, 1_100, 1_100],
  ])('%s', (_, intendedMs, delayMs, latencyMs) => {
    expect(knownLatencyMs(intendedMs, delayMs, STALL)).toBe(latencyMs);
  });

  it('has delays in known shares', () => {
    const delays = Array.from({ length: 1_000 }, (_, turn) => delayOf(turn));
    expect([1, 10, 50, 200].map((ms) => delays.filter((each) => each === ms).length)).toEqual([900, 90, 9, 1]);
  });
});
