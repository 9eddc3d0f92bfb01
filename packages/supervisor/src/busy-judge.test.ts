/** Who keeps a processor busy. */
import { describe, expect, it } from '@jest/globals';
import { BusyJudge } from './busy-judge.ts';
import type { Verdict } from './busy-judge.ts';

/** Looks every 200 ms at a process that runs for these parts of the time. */
function verdicts(shares: readonly number[]): readonly Verdict[] {
  const judge = new BusyJudge();
  let ranMs = 5_000;
  judge.look(ranMs, 0);
  return shares.map((share, place) => judge.look((ranMs += 200 * share), (place + 1) * 200));
}

const times = (count: number, share: number): readonly number[] => Array.from({ length: count }, () => share);

describe('a process', () => {
  it('is calm at first, whatever it did before', () => {
    expect(new BusyJudge().look(1e9, 0)).toBe('calm');
  });

  it('is busy after 400 ms of work, with one thread or with several', () => {
    expect(verdicts([0.9, 0.9, 0.9])).toEqual(['calm', 'busy', 'busy']);
    expect(verdicts([1.8, 1.8])).toEqual(['calm', 'busy']);
  });

  it('is not busy for short work with rests between', () => {
    expect(verdicts([1, 0.2, 1, 0.6, 1, 0.6])).toEqual(times(6, 0).map(() => 'calm'));
  });

  it('stays busy until it was calm for two seconds on end', () => {
    const found = verdicts([1, 1, ...times(9, 0.1), 0.5, ...times(9, 0.1), 0.3]);
    expect([found.at(-2), found.at(-1)]).toEqual(['busy', 'calm']);
  });
});
