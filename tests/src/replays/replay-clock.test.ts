/** The clock of a replay. */
import { describe, expect, it } from '@jest/globals';

import { ReplayClock, shownTime } from './replay-clock.ts';

describe('a compressed clock', () => {
  it('shows hours of the next day as people say them', () => {
    expect([shownTime('9:50'), shownTime('24:00'), shownTime('29:50')]).toEqual(['09:50', '00:00', '05:50']);
  });

  it('takes as long for an hour as it was told', async () => {
    const clock = new ReplayClock({ from: '23:50', hourMs: 60 });
    const begun = performance.now();
    clock.begin();
    await clock.until('24:50');
    // Timers may be early by one.
    expect(performance.now() - begun).toBeGreaterThanOrEqual(58);
    expect([clock.timeAt(0), clock.timeAt(60), clock.minutesIn(90)]).toEqual(['23:50', '00:50', 90]);
  });

  it('waits for nothing that is over', async () => {
    const clock = new ReplayClock({ from: '12:00', hourMs: 3_600_000 });
    clock.begin();
    await clock.until('11:00');
    expect(clock.now()).toBe('12:00');
  });
});
