import { describe, expect, it } from '@jest/globals';

import { Saturation } from './saturation.ts';

describe('the threads of a family', () => {
  it('are saturated where the only one is', () => {
    const saturation = new Saturation();
    expect([saturation.heard('v2-1', 94, 0), saturation.heard('v2-1', 95, 10)]).toEqual([false, true]);
  });

  it('are not while one of them has room, and are once that one has told nothing for long', () => {
    const saturation = new Saturation();
    saturation.heard('v2-2', 40, 0);
    expect(saturation.heard('v2-1', 100, 250)).toBe(false);
    expect(saturation.heard('v2-1', 100, 251)).toBe(true);
  });
});
