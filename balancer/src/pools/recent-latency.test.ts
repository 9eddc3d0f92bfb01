import { describe, expect, it } from '@jest/globals';
import { RecentLatency } from './recent-latency.ts';

describe('the latency of an instance', () => {
  it('is not known before the first answer, nor long after the last one', () => {
    const latency = new RecentLatency();
    expect(latency.at(0)).toBeUndefined();
    latency.observe(40, 0);
    expect([latency.at(0), latency.at(30_000), latency.at(30_001)]).toEqual([40, 40, undefined]);
  });

  it('rises with each slow answer, by a part of the way', () => {
    const latency = new RecentLatency();
    latency.observe(10, 0);
    latency.observe(1_010, 1);
    expect(latency.at(1)).toBe(310);
    for (let now = 2; now < 12; now++) latency.observe(1_010, now);
    expect(latency.at(12)).toBeGreaterThan(980);
  });

  it('sinks as time passes, not with the number of quick answers', () => {
    const latency = new RecentLatency();
    latency.observe(1_000, 0);
    for (let count = 0; count < 1_000; count++) latency.observe(10, 1);
    expect(latency.at(1)).toBeGreaterThan(990);
    for (let now = 100; now <= 20_000; now += 100) latency.observe(10, now);
    expect(latency.at(20_000)).toBeLessThan(160);
  });
});
