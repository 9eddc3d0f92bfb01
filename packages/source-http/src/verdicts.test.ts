/** Which timeouts count against a source. */
import { describe, expect, it } from '@jest/globals';

import { SourceFailure } from './source-failure.ts';
import { faultOf } from './verdicts.ts';

const timeout = new SourceFailure('timeout', { detail: 'the source took too long' });
const counts = (hadMs: number, timeoutMs: number): boolean =>
  faultOf(timeout, { isAtOrigin: true, hadMs, timeoutMs }) !== undefined;

describe('a timeout', () => {
  it('counts against a source that had all the time that it has, less what went by before it was asked', () => {
    expect([counts(399, 400), counts(360, 400), counts(91, 100)]).toEqual([true, true, true]);
  });

  it('counts against a source that had a second, however much more it has', () => {
    expect([counts(1_000, 60_000), counts(999, 60_000)]).toEqual([true, false]);
  });

  it('says nothing about a source whose asker had less time', () => {
    expect([counts(20, 400), counts(359, 400), counts(500, 10_000)]).toEqual([false, false, false]);
  });
});
