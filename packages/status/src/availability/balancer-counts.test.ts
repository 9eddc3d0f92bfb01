import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { countsBeforeFirstLook, increase, readCounts } from './balancer-counts.ts';
import type { BalancerCounts } from './balancer-counts.ts';

const TEXT = `# HELP feedfleet_balancer_requests_total Requests.
# TYPE feedfleet_balancer_requests_total counter
feedfleet_balancer_requests_total{family="v3",served_by="v3",outcome="complete",service="balancer"} 90
feedfleet_balancer_requests_total{family="v3",served_by="v2",outcome="complete",service="balancer"} 6
feedfleet_balancer_requests_total{family="v3",served_by="v3",outcome="upstream_refused",service="balancer"} 4
feedfleet_balancer_requests_total{family="v3",served_by="v3",outcome="client_gone",service="balancer"} 7
feedfleet_balancer_requests_total{family="none",served_by="none",outcome="not_found",service="balancer"} 9
feedfleet_balancer_failed_requests_total{family="v3",service="balancer"} 5
feedfleet_balancer_requests_total{family="push",served_by="push",outcome="complete",service="balancer"} 17
feedfleet_balancer_probe_requests_total{family="push",outcome="complete",service="balancer"} 17
process_start_time_seconds{service="balancer"} 1795867200.5
`;
const PROBES = `feedfleet_balancer_probe_requests_total{family="v3",outcome="complete",service="balancer"} 30
feedfleet_balancer_probe_requests_total{family="v3",outcome="client_gone",service="balancer"} 1
feedfleet_balancer_failed_probe_requests_total{family="v3",service="balancer"} 2
`;
const of = (startedAt: number, good: number, all: number): BalancerCounts => ({
  startedAt,
  families: { v3: { good, all } },
});

describe('what a balancer has counted', () => {
  it('is read by family, without what clients broke off', () => {
    expect(readCounts(TEXT)).toEqual(of(1795867200.5, 95, 100));
  });

  it('is read without the looks of observers, and without families that nobody else asked', () => {
    expect(readCounts(TEXT + PROBES)).toEqual(of(1795867200.5, 67, 70));
  });

  it('is nothing where something else answers', () => {
    expect(readCounts('<html></html>')).toBeUndefined();
  });

  it('adds up over restarts of the balancer', () => {
    expect(increase(of(1, 95, 100), of(1, 104, 110))).toEqual({ v3: { good: 9, all: 10 } });
    expect(increase(of(1, 95, 100), of(2, 119, 120))).toEqual({ v3: { good: 119, all: 120 } });
    expect(increase(of(1, 95, 100), of(1, 3, 4))).toEqual({ v3: { good: 3, all: 4 } });
    expect(increase(of(1, 95, 100), of(1, 95, 100))).toEqual({});
  });

  it('counts from its begin where that was watched, and from the first look where it was not', () => {
    const now = of(2, 95, 100);
    expect(increase(countsBeforeFirstLook(now, 1_500), now)).toEqual({ v3: { good: 95, all: 100 } });
    expect(increase(countsBeforeFirstLook(now, 2_500), now)).toEqual({});
  });

  it('never has more good answers than answers, nor less than none', () => {
    const counts = fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.nat(1000), fc.nat(1000))
      .map(([startedAt, good, bad]) => of(startedAt, good, good + bad));
    fc.assert(
      fc.property(counts, counts, (before, now) => {
        const { good = 0, all = 0 } = increase(before, now).v3 ?? {};
        expect(good).toBeGreaterThanOrEqual(0);
        expect(all).toBeGreaterThanOrEqual(0);
        expect(good).toBeLessThanOrEqual(now.families.v3?.good ?? 0);
      }),
    );
  });
});
