import { describe, expect, it } from '@jest/globals';
import { RestartBackoff } from './restart-backoff.ts';

const policy = { baseMs: 200, maxMs: 10_000, resetAfterMs: 30_000 };
const delays = (backoff: RestartBackoff, upMs: readonly number[]) => upMs.map((each) => backoff.nextDelayMs(each));

describe('the wait before a restart', () => {
  it('doubles with each death up to its bound', () => {
    const longest = new RestartBackoff(policy, () => 1);
    expect(delays(longest, [0, 0, 0, 0, 0, 0, 0, 0])).toEqual([200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  });

  it('is at least half of the step, whatever the jitter', () => {
    expect(delays(new RestartBackoff(policy, () => 0), [0, 0, 0])).toEqual([100, 200, 400]);
  });

  it('starts over for a process that stayed up', () => {
    expect(delays(new RestartBackoff(policy, () => 1), [0, 0, 29_999, 30_000, 0])).toEqual([200, 400, 800, 200, 400]);
  });

  it('stays bounded after thousands of deaths', () => {
    const backoff = new RestartBackoff(policy, () => 1);
    delays(backoff, new Array<number>(5000).fill(0));
    expect(backoff.nextDelayMs(0)).toBe(10_000);
  });
});
