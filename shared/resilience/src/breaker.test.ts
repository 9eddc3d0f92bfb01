import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { Breaker, defaultBreakerPolicy } from './breaker.ts';
import type { BreakerFault, BreakerPermit } from './breaker.ts';

const policy = defaultBreakerPolicy;
const fault = (rest: Partial<BreakerFault> = {}): BreakerFault => ({
  reason: 'the source answers with status 500',
  retryAfterMs: 0,
  isTotal: false,
  ...rest,
});

function admitted(breaker: Breaker, nowMs: number): BreakerPermit {
  const answer = breaker.admit(nowMs);
  if (answer.outcome === 'refused') throw new Error(`refused for ${answer.retryAfterMs} ms`);
  return answer.permit;
}

function opened(atMs = 0, draw = 0.5): Breaker {
  const breaker = new Breaker(policy, () => draw);
  admitted(breaker, atMs).failed(atMs, fault({ isTotal: true }));
  return breaker;
}

describe('a closed breaker', () => {
  it('opens after as many failures in a row', () => {
    const breaker = new Breaker(policy, () => 0.5);
    for (let count = 1; count < policy.consecutiveFailures; count += 1) admitted(breaker, 0).failed(0, fault());
    admitted(breaker, 0).succeeded(0);
    for (let count = 1; count < policy.consecutiveFailures; count += 1) admitted(breaker, 0).failed(0, fault());
    expect(breaker.state(0)).toBe('closed');
    admitted(breaker, 0).failed(0, fault());
    expect(breaker.state(0)).toBe('open');
    expect(breaker.reason).toBe('the source answers with status 500');
    expect(breaker.admit(1_499)).toMatchObject({ outcome: 'refused', retryAfterMs: 1 });
    expect(breaker.state(1_500)).toBe('halfOpen');
  });

  it('opens when half of the requests of a while failed, and forgets what was before', () => {
    const breaker = new Breaker(policy, () => 0.5);
    const round = (nowMs: number): void => {
      admitted(breaker, nowMs).succeeded(nowMs);
      admitted(breaker, nowMs).failed(nowMs, fault());
    };
    for (let count = 0; count < 9; count += 1) round(0);
    for (let count = 0; count < 9; count += 1) round(policy.windowMs);
    expect(breaker.state(policy.windowMs)).toBe('closed');
    round(policy.windowMs);
    expect(breaker.state(policy.windowMs)).toBe('open');
  });

  it('opens at once for what all requests will meet, and for a source that asks to be left alone', () => {
    expect(opened().state(0)).toBe('open');
    const breaker = new Breaker(policy, () => 0);
    admitted(breaker, 0).failed(0, fault({ retryAfterMs: 7_000 }));
    expect(breaker.retryAfterMs(0)).toBe(7_000);
    const patient = new Breaker(policy, () => 0);
    admitted(patient, 0).failed(0, fault({ retryAfterMs: 86_400_000 }));
    expect(patient.retryAfterMs(0)).toBe(policy.maxRetryAfterMs);
  });

  it('does not hear what began before it last closed', () => {
    const breaker = new Breaker(policy, () => 0);
    const old = Array.from({ length: 10 }, () => admitted(breaker, 0));
    admitted(breaker, 0).failed(0, fault({ isTotal: true }));
    admitted(breaker, 1_000).succeeded(1_000);
    for (const permit of old) permit.failed(1_001, fault());
    expect(breaker.state(1_001)).toBe('closed');
  });
});

describe('a half-open breaker', () => {
  it('closes with the first probe that succeeds, and opens anew with one that fails', () => {
    const breaker = opened();
    admitted(breaker, 1_500).failed(1_600, fault({ reason: 'the source broke the connection off' }));
    expect(breaker.state(1_600)).toBe('open');
    expect(breaker.reason).toBe('the source broke the connection off');
    expect(breaker.retryAfterMs(1_600)).toBe(1_500);
    admitted(breaker, 3_100).succeeded(3_200);
    expect(breaker.state(3_200)).toBe('closed');
    expect(breaker.reason).toBeUndefined();
  });

  it('sends one probe at a time, and another one when that is silent', () => {
    const breaker = opened();
    expect(admitted(breaker, 1_500).isProbe).toBe(true);
    expect(breaker.admit(3_499)).toMatchObject({ outcome: 'refused', retryAfterMs: 1 });
    expect(admitted(breaker, 3_500).isProbe).toBe(true);
  });

  it('gives the oldest of too many silent probes up', () => {
    const breaker = opened();
    const givenUp: number[] = [];
    for (let count = 0; count < policy.maxProbes + 2; count += 1) {
      admitted(breaker, 1_500 + count * policy.probeGapMs).whenGivenUp(() => givenUp.push(count));
    }
    expect(givenUp).toEqual([0, 1]);
  });

  it('goes on with the next probe at once when one ends without a word', () => {
    const breaker = opened();
    admitted(breaker, 1_500).dropped();
    expect(admitted(breaker, 1_501).isProbe).toBe(true);
  });

  it('is not held up by the failure of an old probe', () => {
    const breaker = opened();
    const old = admitted(breaker, 1_500);
    const late = admitted(breaker, 3_500);
    old.failed(3_600, fault());
    expect(breaker.state(3_600)).toBe('halfOpen');
    late.succeeded(3_700);
    expect(breaker.state(3_700)).toBe('closed');
  });
});

/** What may happen to a breaker, by when: `pick` chooses among the requests under way. */
const step = fc.record({
  afterMs: fc.integer({ min: 0, max: 4_000 }),
  what: fc.constantFrom('admit' as const, 'succeed' as const, 'fail' as const, 'failTotally' as const, 'drop' as const),
  pick: fc.nat(),
});

describe('whatever happens to a breaker', () => {
  it('it admits at the time that it told, and no more than one probe in each gap', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        (steps, draws) => {
          const breaker = new Breaker(policy, () => draws.next().value as number);
          const underWay: BreakerPermit[] = [];
          let nowMs = 0;
          let lastProbeMs = -Infinity;
          for (const { afterMs, what, pick } of steps) {
            nowMs += afterMs;
            if (what === 'admit') {
              const [toldMs, state] = [breaker.retryAfterMs(nowMs), breaker.state(nowMs)];
              const answer = breaker.admit(nowMs);
              expect(answer.outcome).toBe(toldMs > 0 ? 'refused' : 'admitted');
              expect(toldMs).toBeLessThanOrEqual(policy.openMs[1]);
              if (answer.outcome === 'refused') continue;
              expect(answer.permit.isProbe).toBe(state !== 'closed');
              expect(state).not.toBe('open');
              underWay.push(answer.permit);
              if (!answer.permit.isProbe) continue;
              expect(nowMs - lastProbeMs).toBeGreaterThanOrEqual(policy.openMs[0]);
              lastProbeMs = nowMs;
            } else {
              const permit = underWay[pick % Math.max(1, underWay.length)];
              if (what === 'succeed') permit?.succeeded(nowMs);
              else if (what === 'drop' && permit?.isProbe === false) permit.dropped();
              else if (what !== 'drop') permit?.failed(nowMs, fault({ isTotal: what === 'failTotally' }));
              // A source that was well and fell ill again may be probed as soon as it asks for.
              if (breaker.state(nowMs) === 'closed') lastProbeMs = -Infinity;
            }
          }
        },
      ),
    );
  });

  it('it notices within five seconds that the source is well again, asked every 100 ms, however the probes before hang', () => {
    const draws = fc.double({ min: 0, max: 0.999, noNaN: true });
    const ticks = fc.constantFrom(1, 3, 17, 1_000);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), draws, ticks, (steps, draw, everyTicks) => {
        const breaker = new Breaker(policy, () => draw);
        const underWay: BreakerPermit[] = [];
        let nowMs = 0;
        for (const { afterMs, what, pick } of steps) {
          nowMs += afterMs;
          const answer = breaker.admit(nowMs);
          if (answer.outcome === 'admitted') underWay.push(answer.permit);
          if (what.startsWith('fail'))
            underWay[pick % Math.max(1, underWay.length)]?.failed(nowMs, fault({ isTotal: true }));
        }
        // Well from now on: what hung fails one by one, soon or not at all; what is new succeeds after 100 ms.
        const wellMs = nowMs;
        let fresh: BreakerPermit | undefined;
        while (breaker.state(nowMs) !== 'closed') {
          nowMs += 100;
          fresh?.succeeded(nowMs);
          if ((nowMs - wellMs) % (everyTicks * 100) === 0) underWay.shift()?.failed(nowMs, fault());
          const answer = breaker.admit(nowMs);
          fresh = answer.outcome === 'admitted' ? answer.permit : fresh;
        }
        expect(nowMs - wellMs).toBeLessThanOrEqual(5_000);
      }),
    );
  });
});
