import { beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { RetryBudget } from './retry-budget.ts';
import type { RetryLease } from './retry-budget.ts';

let now: number;
let budget: RetryBudget;
beforeEach(() => {
  now = 12_345;
  budget = new RetryBudget({ now: () => now });
});

function takeAll(most = 1_000): RetryLease[] {
  const leases: RetryLease[] = [];
  for (let lease = budget.take(); lease !== undefined && leases.length < most; lease = budget.take())
    leases.push(lease);
  return leases;
}

describe('the retry budget', () => {
  it('allows three at a time where nothing was asked, and another one for each that is over', () => {
    const [first] = takeAll();
    expect(budget.take()).toBeUndefined();
    first?.release();
    first?.release();
    expect(takeAll()).toHaveLength(1);
  });

  it('allows a fifth of the requests of the last ten seconds', () => {
    for (let count = 0; count < 100; count++) budget.requested();
    expect(budget.left).toBe(20);
    expect(takeAll()).toHaveLength(20);
    now += 9_000;
    expect(budget.take()).toBeUndefined();
    for (let count = 0; count < 50; count++) budget.requested();
    now += 1_000;
    expect(takeAll()).toHaveLength(10);
    now += 60_000;
    expect(budget.take()).toBeUndefined();
  });

  it('never allows more than a fifth and three at a time, however requests and retries come', () => {
    const step = fc.record({ waitMs: fc.nat(3_000), requests: fc.nat(40), tries: fc.nat(40), releases: fc.nat(40) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        now = 0;
        budget = new RetryBudget({ now: () => now });
        const asked: number[] = [];
        const retried: number[] = [];
        const held: RetryLease[] = [];
        const lately = (times: readonly number[]): number => {
          return times.filter((time) => Math.floor(time / 1_000) > Math.floor(now / 1_000) - 10).length;
        };
        for (const { waitMs, requests, tries, releases } of steps) {
          now += waitMs;
          for (let count = 0; count < requests; count++) {
            budget.requested();
            asked.push(now);
          }
          for (let count = 0; count < tries; count++) {
            const isAllowed = held.length < 3 || lately(retried) < lately(asked) * 0.2;
            const lease = budget.take();
            expect(lease !== undefined).toBe(isAllowed);
            if (lease === undefined) continue;
            retried.push(now);
            held.push(lease);
          }
          for (const lease of held.splice(0, releases)) lease.release();
        }
      }),
      { numRuns: 50 },
    );
  });
});
