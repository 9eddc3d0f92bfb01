import { describe, expect, it } from '@jest/globals';
import type { Verdict } from '@feedfleet/status-model';
import fc from 'fast-check';

import { mergedState } from './merged-state.ts';
import { timelineOf } from './timeline.ts';
import type { Observed, Period, TimelineQuestion } from './timeline.ts';
import { addTimes, timesOf, uptimeOf } from './uptime.ts';

const verdict = fc.constantFrom<Verdict>('ok', 'slow', 'failed');
const observer: fc.Arbitrary<readonly Observed[]> = fc
  .uniqueArray(
    fc.record({ at: fc.integer({ min: -30, max: 130 }), verdict, holdMs: fc.integer({ min: 1, max: 30 }) }),
    {
      selector: ({ at }) => at,
      maxLength: 30,
    },
  )
  .map((samples) => samples.sort((left, right) => left.at - right.at));
const period: fc.Arbitrary<Period> = fc
  .tuple(fc.integer({ min: -20, max: 120 }), fc.integer({ min: 0, max: 40 }))
  .map(([from, length]) => ({ from, to: from + length }));
const question: fc.Arbitrary<TimelineQuestion> = fc.record({
  observers: fc.array(observer, { maxLength: 5 }),
  maintenance: fc.array(period, { maxLength: 3 }),
  from: fc.constant(0),
  to: fc.constant(100),
});

/** The definition, asked of one instant. */
function stateAt({ observers, maintenance }: TimelineQuestion, instant: number): string {
  if (maintenance.some(({ from, to }) => from <= instant && instant < to)) return 'maintenance';
  const said = observers.flatMap((samples) => {
    const newest = samples.filter(({ at }) => at <= instant).at(-1);
    return newest !== undefined && instant < newest.at + newest.holdMs ? [newest.verdict] : [];
  });
  const count = (wanted: Verdict): number => said.filter((each) => each === wanted).length;
  return mergedState({ ok: count('ok'), slow: count('slow'), failed: count('failed') });
}

describe('the state that several observers say', () => {
  it('is down only when more than half of those that know say so', () => {
    expect(mergedState({ ok: 1, slow: 0, failed: 2 })).toBe('down');
    expect(mergedState({ ok: 1, slow: 0, failed: 1 })).toBe('degraded');
    expect(mergedState({ ok: 2, slow: 0, failed: 1 })).toBe('degraded');
    expect(mergedState({ ok: 2, slow: 1, failed: 0 })).toBe('degraded');
    expect(mergedState({ ok: 3, slow: 0, failed: 0 })).toBe('up');
  });

  it('is unknown, and not up, when nobody knows', () => {
    expect(mergedState({ ok: 0, slow: 0, failed: 0 })).toBe('unknown');
  });
});

describe('a timeline', () => {
  it('covers its period without a gap, in spans that differ from their neighbours', () => {
    fc.assert(
      fc.property(question, (asked) => {
        const spans = timelineOf(asked);
        expect(spans[0]?.from).toBe(asked.from);
        expect(spans.at(-1)?.to).toBe(asked.to);
        for (const [index, span] of spans.entries()) {
          expect(span.to).toBeGreaterThan(span.from);
          const next = spans[index + 1];
          expect(next === undefined || (next.from === span.to && next.state !== span.state)).toBe(true);
        }
      }),
    );
  });

  it('says at every instant what the definition says', () => {
    fc.assert(
      fc.property(question, (asked) => {
        for (const { from, to, state } of timelineOf(asked)) {
          for (let instant = from; instant < to; instant += 1) expect(state).toBe(stateAt(asked, instant));
        }
      }),
    );
  });

  it('adds up: two parts of a period have the times of the whole', () => {
    fc.assert(
      fc.property(question, fc.integer({ min: 0, max: 100 }), (asked, at) => {
        const times = (from: number, to: number) => timesOf(timelineOf({ ...asked, from, to }));
        expect(addTimes(times(0, at), times(at, 100))).toEqual(times(0, 100));
      }),
    );
  });

  it('does not ask in which order the observers stand', () => {
    fc.assert(
      fc.property(question, (asked) => {
        expect(timelineOf({ ...asked, observers: [...asked.observers].reverse() })).toEqual(timelineOf(asked));
      }),
    );
  });

  it('knows nothing after the samples no longer speak', () => {
    const spans = timelineOf({
      observers: [[{ at: 10, verdict: 'ok', holdMs: 15 }]],
      maintenance: [],
      from: 0,
      to: 100,
    });
    expect(spans).toEqual([
      { from: 0, to: 10, state: 'unknown' },
      { from: 10, to: 25, state: 'up' },
      { from: 25, to: 100, state: 'unknown' },
    ]);
  });
});

describe('uptime', () => {
  it('is the share of the known time that was not down; maintenance and unknown are in neither part', () => {
    expect(uptimeOf({ up: 60, degraded: 20, down: 20, maintenance: 500, unknown: 900 })).toBe(0.8);
  });

  it('is not there when nothing is known', () => {
    expect(uptimeOf({ up: 0, degraded: 0, down: 0, maintenance: 5, unknown: 9 })).toBeNull();
  });
});
