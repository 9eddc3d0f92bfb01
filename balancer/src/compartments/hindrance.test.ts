import { describe, expect, it } from '@jest/globals';

import { Hindrance } from './hindrance.ts';

/** A request that takes `tookMs` ends every `everyMs`. */
function ends(hindrance: Hindrance, { tookMs, everyMs, from, until, isBusy = false }: Ends): void {
  for (let now = from; now <= until; now += everyMs) hindrance.ended(tookMs, isBusy, now);
}

interface Ends {
  readonly tookMs: number;
  readonly everyMs: number;
  readonly from: number;
  readonly until: number;
  readonly isBusy?: boolean;
}

function usually(tookMs: number): Hindrance {
  const hindrance = new Hindrance();
  hindrance.began(0);
  ends(hindrance, { tookMs, everyMs: 10, from: 10, until: 1_000 });
  return hindrance;
}

describe('requests under way', () => {
  it('hinder each other once there are many more than usually end in the time that one takes', () => {
    const hindrance = usually(20);
    expect([hindrance.isThere(2, 1_000), hindrance.isThere(7, 1_000), hindrance.isThere(9, 1_000)]).toEqual([
      false,
      false,
      true,
    ]);
  });

  it('do not where they always took as long, for the sake of a package source for example', () => {
    expect(usually(2_000).isThere(200, 1_000)).toBe(false);
  });

  it('are not measured by what they take while a thread has no rest', () => {
    const hindrance = usually(20);
    ends(hindrance, { tookMs: 5_000, everyMs: 10, from: 1_010, until: 5_000, isBusy: true });
    expect(hindrance.isThere(200, 5_000)).toBe(true);
  });

  it('are not judged by a moment, nor before any of them has ended', () => {
    const hindrance = usually(20);
    hindrance.began(10_000);
    expect([hindrance.isThere(200, 10_049), hindrance.isThere(200, 10_050)]).toEqual([false, true]);
    expect(new Hindrance().isThere(200, 10_050)).toBe(false);
  });
});
