import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { nextAttemptAt } from './retry-schedule.ts';
import type { Attempted } from './retry-schedule.ts';

const attempted = (changes: Partial<Attempted> = {}): Attempted => ({
  attempts: 1,
  isRefused: false,
  retryAfterMs: undefined,
  createdAt: 0,
  now: 0,
  ...changes,
});

/** When each attempt is made at a target that never answers, in milliseconds. */
function attemptsAt(random: number, isRefused = false): readonly number[] {
  const times = [0];
  for (let now: number | undefined = 0; now !== undefined && times.length < 1000;) {
    now = nextAttemptAt(attempted({ attempts: times.length, now, isRefused }), random);
    if (now !== undefined) times.push(now);
  }
  return times;
}

describe('the schedule of retries', () => {
  it('begins after seconds, grows to a quarter of an hour, and ends after a day', () => {
    const times = attemptsAt(1);
    expect(times.slice(0, 5)).toEqual([0, 5_000, 15_000, 35_000, 75_000]);
    expect((times.at(-1) ?? 0) - (times.at(-2) ?? 0)).toBe(900_000);
    expect(times.at(-1)).toBeLessThanOrEqual(86_400_000);
    expect(times.length).toBeLessThan(110);
  });

  it('gives up soon where the target says no', () => {
    expect(attemptsAt(0, true)).toHaveLength(6);
  });

  it('waits as long as the target asks for, within bounds', () => {
    expect(nextAttemptAt(attempted({ retryAfterMs: 60_000 }), 0)).toBe(60_000);
    expect(nextAttemptAt(attempted({ retryAfterMs: 86_000_000 }), 0)).toBe(900_000);
  });

  it('spreads every wait over half of its length, and never goes back', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        fc.integer({ min: 1, max: 90 }),
        (random, attempts) => {
          const at = nextAttemptAt(attempted({ attempts }), random) ?? NaN;
          const longest = Math.min(5_000 * 2 ** (attempts - 1), 900_000);
          expect(at).toBeGreaterThanOrEqual(longest / 2);
          expect(at).toBeLessThanOrEqual(longest);
        },
      ),
    );
  });
});
