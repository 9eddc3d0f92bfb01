import { describe, expect, it } from '@jest/globals';
import { TrafficMeter } from './traffic-meter.ts';

const request = { family: 'v2', isResident: true, isFailure: false, durationMs: 10 };

describe('what was asked of a family', () => {
  it('is told for the last ten seconds, with how it ended and how long it took', () => {
    let now = 0;
    const meter = new TrafficMeter({ now: () => now });
    for (let index = 0; index < 100; index += 1) {
      meter.count({ ...request, isFailure: index < 25, durationMs: index < 98 ? 10 : 1_000 });
    }
    const [load] = meter.loads();
    expect(load).toMatchObject({ id: 'v2', requestsPerSecond: 10, errorShare: 0.25 });
    expect(load?.p50Ms).toBeGreaterThanOrEqual(10);
    expect(load?.p50Ms).toBeLessThan(12.6);
    expect(load?.p99Ms).toBeGreaterThanOrEqual(1_000);
    expect(load?.p99Ms).toBeLessThan(1_260);
    now = 10_000;
    expect(meter.loads()).toEqual([{ id: 'v2', requestsPerSecond: 0, errorShare: 0, p50Ms: 0, p99Ms: 0 }]);
  });

  it('forgets a second when its place in the ring is needed, and remembers the sum', () => {
    let now = 0;
    const meter = new TrafficMeter({ now: () => now });
    for (let second = 0; second < 200; second += 1) {
      now = second * 1_000;
      meter.count({ ...request, isFailure: true });
    }
    expect(meter.recent('v2', 60)).toEqual({ requests: 60, failures: 60 });
    expect(meter.recent('v2', 10)).toEqual({ requests: 10, failures: 10 });
    expect(meter.total('v2')).toEqual({ requests: 200, failures: 200 });
  });

  it('keeps apart what other families have served', () => {
    const meter = new TrafficMeter({ now: () => 0 });
    meter.count({ ...request, isResident: false, isFailure: true });
    expect(meter.recent('v2', 10)).toEqual({ requests: 0, failures: 0 });
    expect(meter.loads()).toMatchObject([{ requestsPerSecond: 0.1, errorShare: 1 }]);
  });
});
