/** Which timeouts count against a source. */
import { describe, expect, it } from '@jest/globals';

import { SourceFailure } from './source-failure.ts';
import { timeClass } from './time-class.ts';
import { faultOf } from './verdicts.ts';

const timeout = new SourceFailure('timeout', { detail: 'the source took too long' });
const counts = (hadMs: number, totalMs: number): boolean =>
  faultOf(timeout, { isAtOrigin: true, hadMs, timeClassMs: timeClass(totalMs) }) !== undefined;

describe('a timeout', () => {
  it('counts among those who had about as little time, less what went by before the source was asked', () => {
    expect([counts(399, 400), counts(360, 400), counts(91, 100)]).toEqual([true, true, true]);
    expect([timeClass(100), timeClass(60_000), timeClass(400)]).toEqual([100, 1_000, 400]);
  });

  it('counts among all who have a second and more once the source had about a second', () => {
    expect([counts(1_000, 60_000), counts(899, 60_000)]).toEqual([true, false]);
    expect([1_000, 2_500, 60_000].map(timeClass)).toEqual([1_000, 1_000, 1_000]);
  });

  it('says nothing about a source that had less of the time, or whose asker had hardly any', () => {
    expect([counts(20, 400), counts(359, 400), counts(500, 10_000), counts(49, 49)]).toEqual(Array(4).fill(false));
  });
});

describe('the status 508', () => {
  it('speaks of the feed chain, not of the source', () => {
    const tooLong = new SourceFailure('status', { detail: 'status 508', status: 508 });
    expect(faultOf(tooLong, { isAtOrigin: true, hadMs: 1, timeClassMs: 1_000 })).toBeUndefined();
  });
});
