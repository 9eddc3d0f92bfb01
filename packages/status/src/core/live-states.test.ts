import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { State, Verdict } from '@feedfleet/status-model';

import type { StateChange } from '../part.ts';
import { openCoreUnderTest } from './core-under-test.ts';
import type { CoreUnderTest } from './core-under-test.ts';

const startsAt = Date.parse('2026-11-28T12:00:00Z');
const intervalMs = 5000;
const component = 'family:v2';

describe('the live state of a component', () => {
  let status: CoreUnderTest;
  let now: number;
  let changes: StateChange[];

  beforeEach(() => {
    now = startsAt;
    changes = [];
    status = openCoreUnderTest(now);
    status.core().onState((change) => changes.push(change));
  });

  afterEach(() => {
    status.dispose();
  });

  /** One round: each observer says what it sees; those that say nothing are silent. */
  function round(verdicts: Readonly<Record<string, Verdict>>): State {
    now += intervalMs;
    status.setTime(now);
    for (const [observer, verdict] of Object.entries(verdicts)) {
      const reason = verdict === 'ok' ? null : `${verdict} for ${observer}`;
      const sample = { component, at: new Date(now).toISOString(), verdict, latencyMs: 10, reason };
      status.core().ingest({ observer, intervalMs, samples: [sample] });
    }
    status.core().look();
    return status.core().liveState(component).state;
  }

  it('is unknown before anybody looked', () => {
    expect(status.core().liveState(component)).toEqual({
      ...{ component, state: 'unknown', reason: null },
      ...{ since: null, troubledSince: null },
    });
  });

  it('falls after two bad rounds, with the reason and since the first of them', () => {
    expect(['ok', 'failed', 'failed'].map((verdict) => round({ a: verdict as Verdict }))).toEqual(['up', 'up', 'down']);
    const since = startsAt + 2 * intervalMs;
    expect(status.core().liveState(component)).toEqual({
      ...{ component, state: 'down', reason: 'failed for a' },
      ...{ since, troubledSince: since },
    });
    expect(changes.map(({ from, state }) => [from, state])).toEqual([
      ['unknown', 'up'],
      ['up', 'down'],
    ]);
  });

  it('rises after three good rounds', () => {
    for (const verdict of ['ok', 'failed', 'failed'] as const) round({ a: verdict });
    expect([1, 2, 3].map(() => round({ a: 'ok' }))).toEqual(['down', 'down', 'up']);
  });

  it('is down when most observers say so, and degraded when fewer do', () => {
    round({ a: 'ok', b: 'ok', c: 'ok' });
    round({ a: 'failed', b: 'ok', c: 'ok' });
    expect(round({ a: 'failed', b: 'ok', c: 'ok' })).toBe('degraded');
    round({ a: 'failed', b: 'failed', c: 'ok' });
    expect(round({ a: 'failed', b: 'failed', c: 'ok' })).toBe('down');
  });

  it('is unknown, never up, once nobody has looked for three rounds', () => {
    round({ a: 'ok' });
    expect([round({}), round({}), round({})]).toEqual(['up', 'up', 'unknown']);
    expect(status.core().liveState(component)).toMatchObject({ reason: 'no observer has looked', since: now });
  });

  it('goes by those that look when others fall silent', () => {
    round({ a: 'ok', b: 'failed' });
    expect(round({ a: 'ok', b: 'failed' })).toBe('degraded');
    expect([round({ a: 'ok' }), round({ a: 'ok' }), round({ a: 'ok' })]).toEqual(['degraded', 'degraded', 'up']);
  });

  it('is not changed by what is told late', () => {
    round({ a: 'ok' });
    const late = [4, 3, 2].map((minutes) => ({
      component,
      at: new Date(now - minutes * 60_000).toISOString(),
      verdict: 'failed' as const,
      latencyMs: null,
      reason: null,
    }));
    expect(status.core().ingest({ observer: 'b', intervalMs, samples: late })).toEqual({ taken: 3, refused: [] });
    expect(status.core().liveState(component).state).toBe('up');
  });

  it('is maintenance while it is planned, whatever is seen, and says what comes after it', () => {
    const [start, end] = [startsAt + 2 * intervalMs, startsAt + 4 * intervalMs];
    status.maintenance.push({
      id: 'window',
      title: 'New disks',
      text: null,
      components: [component],
      startsAt: new Date(start).toISOString(),
      endsAt: new Date(end).toISOString(),
    });
    const states = ['ok', 'failed', 'failed', 'failed', 'failed'].map((verdict) => round({ a: verdict as Verdict }));
    expect(states).toEqual(['up', 'maintenance', 'maintenance', 'down', 'down']);
    expect(changes.map(({ state, since }) => [state, since])).toEqual([
      ['up', startsAt + intervalMs],
      ['maintenance', start],
      ['down', end],
    ]);
  });

  it('outlives a restart: neither the state nor since when it is is lost, and nothing is announced', () => {
    for (const verdict of ['ok', 'failed', 'failed'] as const) round({ a: verdict });
    const before = status.core().liveState(component);
    status.restart();
    status.core().onState((change) => changes.push(change));
    changes.length = 0;
    status.core().look();
    expect(status.core().liveState(component)).toEqual(before);
    expect([round({ a: 'ok' }), round({ a: 'ok' }), round({ a: 'ok' })]).toEqual(['down', 'down', 'up']);
    expect(changes.map(({ from, state }) => [from, state])).toEqual([['down', 'up']]);
  });

  it('is in one trouble from when it was last up to when it is up again', () => {
    const since = (verdict: Verdict, times: number): number | null => {
      for (let time = 0; time < times; time += 1) round({ a: verdict });
      return status.core().liveState(component).troubledSince;
    };
    expect(since('ok', 1)).toBeNull();
    const begun = now + intervalMs;
    expect([since('slow', 2), since('failed', 2), since('slow', 3)]).toEqual([begun, begun, begun]);
    for (let silent = 0; silent < 3; silent += 1) round({});
    expect(status.core().liveState(component)).toMatchObject({ state: 'unknown', troubledSince: begun });
    status.restart();
    expect([since('failed', 2), since('ok', 3)]).toEqual([begun, null]);
  });

  it('is unknown for a minute at most while a component that was well or new has not answered since the start', () => {
    const until = (verdicts: Readonly<Record<string, Verdict>>, rounds: number): State[] =>
      Array.from({ length: rounds }, () => round(verdicts));
    expect(new Set(until({ a: 'failed', b: 'failed' }, 11))).toEqual(new Set(['unknown']));
    expect(status.core().liveState(component).reason).toBe('it has not answered yet');
    expect(round({ a: 'failed', b: 'failed' })).toBe('down');
    const restartLater = (): void => {
      now += 60_000;
      status.setTime(now);
      status.restart();
    };
    restartLater();
    expect(until({ a: 'failed', b: 'failed' }, 2)).toEqual(['unknown', 'down']);
    until({ a: 'ok', b: 'ok' }, 3);
    // What was up a moment before is no start of the fleet.
    status.restart();
    expect(until({ a: 'failed', b: 'failed' }, 2)).toEqual(['up', 'down']);
    until({ a: 'ok', b: 'ok' }, 3);
    restartLater();
    expect(until({ a: 'failed', b: 'failed' }, 2)).toEqual(['unknown', 'unknown']);
    // Once anybody has had an answer, what follows counts, and only that.
    expect(until({ a: 'ok', b: 'failed' }, 2)).toEqual(['up', 'degraded']);
    expect(until({ a: 'failed', b: 'failed' }, 2)).toEqual(['degraded', 'down']);
  });

  it('is told to every listener, also when one of them fails', () => {
    status.core().onState(() => {
      throw new Error('of the test');
    });
    const heard: State[] = [];
    status.core().onState(({ state }) => heard.push(state));
    round({ a: 'ok' });
    expect(heard).toEqual(['up']);
  });
});
