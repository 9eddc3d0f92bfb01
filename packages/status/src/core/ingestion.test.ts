import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Sample, Verdict } from '@feedfleet/status-model';

import { openCoreUnderTest } from './core-under-test.ts';
import type { CoreUnderTest } from './core-under-test.ts';

const noon = Date.parse('2026-11-28T12:00:00Z');
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const sampleAt = (at: number, verdict: Verdict = 'ok', component = 'family:v2'): Sample => ({
  component,
  at: new Date(at).toISOString(),
  verdict,
  latencyMs: verdict === 'failed' ? null : 100,
  reason: null,
});

describe('samples that come in', () => {
  let status: CoreUnderTest;

  beforeEach(() => {
    status = openCoreUnderTest(noon);
  });

  afterEach(() => {
    status.dispose();
  });

  const ingest = (samples: Sample[], observer = 'a') => status.core().ingest({ observer, intervalMs: minute, samples });
  const today = () => status.family('v2').days.at(-1);

  it('are refused one by one, with the reason, when they are of the future or too old; the rest is taken', () => {
    const samples = [noon, noon + 59_000, noon + 61_000, noon - 7 * day + minute, noon - 7 * day - minute];
    const { taken, refused } = ingest(samples.map((at) => sampleAt(at)));
    expect(taken).toBe(3);
    expect(refused.map(({ index }) => index)).toEqual([2, 4]);
    expect(refused[0]?.reason).toBe(
      'at: expected no later than 2026-11-28T12:00:00.000Z, got 2026-11-28T12:01:01.000Z',
    );
  });

  it('are bounded in how many components they may name', () => {
    const names = Array.from({ length: 1001 }, (_each, index) => sampleAt(noon, 'ok', `instance:i${index}`));
    const { taken, refused } = ingest(names);
    expect([taken, refused.length]).toEqual([1000, 1]);
    expect(refused[0]?.reason).toContain('instance:i1000');
  });

  it('count once, however often they are told', async () => {
    const samples = [3, 2, 1].map((minutes) => sampleAt(noon - minutes * minute));
    for (let times = 0; times < 3; times += 1) ingest(samples);
    await status.settle();
    expect(today()?.times).toEqual({ up: 3 * minute, degraded: 0, down: 0, maintenance: 0, unknown: 0 });
    expect(status.family('v2').latency.points.at(-2)).toMatchObject({ p50Ms: expect.closeTo(100, -1) });
  });

  it('that come days late count as if they had come in time', async () => {
    ingest([sampleAt(noon)]);
    await status.settle();
    status.setTime(noon + 5 * day);
    ingest([sampleAt(noon + 10 * minute, 'failed'), sampleAt(noon + 11 * minute, 'ok')], 'b');
    await status.settle();
    const then = status.family('v2').days.find((each) => each.day === '2026-11-28');
    expect(then?.times).toMatchObject({ up: 6 * minute, down: minute });
    expect(then?.uptime).toBeCloseTo(6 / 7);
  });

  it('speak over the end of an hour and of a day', async () => {
    const midnight = noon + 12 * hour;
    status.setTime(midnight + 10 * minute);
    ingest([sampleAt(midnight - minute)]);
    await status.settle();
    const days = status.family('v2').days.slice(-2);
    expect(days.map(({ times }) => times.up)).toEqual([minute, 2 * minute]);
  });

  it('go on speaking while the hour runs, also when no further one comes', async () => {
    ingest([sampleAt(noon)]);
    await status.settle();
    status.setTime(noon + 2 * minute);
    await status.settle();
    expect(today()?.times).toMatchObject({ up: 2 * minute, unknown: 0 });
    status.setTime(noon + 10 * minute);
    await status.settle();
    expect(today()?.times).toMatchObject({ up: 3 * minute, unknown: 7 * minute });
  });

  it('leave what nobody looked at unknown: in no part of the uptime, and shown', async () => {
    status.setTime(noon + minute);
    ingest([sampleAt(noon + minute, 'failed')]);
    status.setTime(noon + 2 * day);
    ingest([sampleAt(noon + 2 * day - minute, 'ok')]);
    await status.settle();
    const [saturday, sunday, monday] = status.family('v2').days.slice(-3);
    expect(saturday).toMatchObject({ uptime: 0, times: { down: 3 * minute, unknown: 12 * hour - 4 * minute } });
    expect(sunday).toMatchObject({ uptime: null, times: { unknown: day } });
    expect(monday).toMatchObject({ uptime: 1, times: { up: minute, unknown: 12 * hour - minute } });
  });

  it('count neither way during maintenance, also when that is planned or taken back afterwards', async () => {
    status.setTime(noon + hour);
    ingest(Array.from({ length: 60 }, (_each, index) => sampleAt(noon + index * minute, 'failed')));
    await status.settle();
    expect(today()?.uptime).toBe(0);
    const [startsAt, endsAt] = [noon, noon + hour].map((at) => new Date(at).toISOString());
    const window = { id: 'window', title: 'Late', text: null, components: ['family:v2'] };
    status.maintenance.push({ ...window, startsAt: startsAt ?? '', endsAt: endsAt ?? '' });
    status.core().recount(noon, noon + hour);
    await status.settle();
    expect(today()).toMatchObject({ uptime: null, times: { maintenance: hour, down: 0 } });
    status.maintenance.length = 0;
    status.core().recount(noon, noon + hour);
    await status.settle();
    expect(today()).toMatchObject({ uptime: 0, times: { maintenance: 0, down: hour } });
  });

  it('are still there after a restart', async () => {
    ingest([sampleAt(noon - 3 * minute)]);
    status.restart();
    await status.settle();
    expect(today()?.times.up).toBe(3 * minute);
    expect(status.core().current().observers).toEqual([
      { name: 'a', lastSeenAt: '2026-11-28T12:00:00.000Z', isSilent: false },
    ]);
  });
});
