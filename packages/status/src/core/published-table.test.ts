/**
 * The outages of 2012 and 2013, rebuilt: what observers would have reported gives the table of monthly uptime that was published then.
 *
 * Source: MyGet, "We were down..." (24 February 2013) for the table and the eight hours of 23 February; "Partial downtime" (7 February
 * 2013) for that evening. The other outages are known by their length in the table alone; each is placed in its month.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FamilyReport, Sample } from '@feedfleet/status-model';

import { openCoreUnderTest } from './core-under-test.ts';
import type { CoreUnderTest } from './core-under-test.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const intervalMs = 2 * minute;
const observers = ['amsterdam', 'dublin', 'virginia'];
const startsAt = Date.parse('2012-03-01T00:00:00Z');
const endsAt = Date.parse('2013-03-01T00:00:00Z');

/** As it was published, oldest first. */
const published: Readonly<Record<string, string>> = {
  '2012-03': '99,99%',
  '2012-04': '99,69%',
  '2012-05': '100%',
  '2012-06': '99,94%',
  '2012-07': '99,56%',
  '2012-08': '99,98%',
  '2012-09': '99,92%',
  '2012-10': '99,99%',
  '2012-11': '99,94%',
  '2012-12': '99,99%',
  '2013-01': '100%',
  '2013-02': '98,44%',
};
const publishedAverage = '99.79%';

interface Outage {
  readonly from: string;
  readonly minutes: number;
}

/** To the minute; 16:15 and 21:50 of the reports are Central European Time. */
const outages: readonly Outage[] = [
  { from: '2012-03-20T13:10:00Z', minutes: 4 },
  { from: '2012-04-11T08:00:00Z', minutes: 134 },
  { from: '2012-06-06T17:40:00Z', minutes: 26 },
  { from: '2012-07-26T11:00:00Z', minutes: 196 },
  { from: '2012-08-14T09:30:00Z', minutes: 9 },
  { from: '2012-09-18T21:15:00Z', minutes: 35 },
  { from: '2012-10-22T06:20:00Z', minutes: 4 },
  { from: '2012-11-08T15:45:00Z', minutes: 26 },
  { from: '2012-12-28T19:05:00Z', minutes: 4 },
  // The loop of package sources: about three hours, of which the table counts two and a half.
  { from: '2013-02-07T15:15:00Z', minutes: 149 },
  // The expired certificate.
  { from: '2013-02-23T20:50:00Z', minutes: 480 },
];
const periods = outages.map(({ from, minutes }) => ({
  from: Date.parse(from),
  to: Date.parse(from) + minutes * minute,
}));

function samplesOf(observer: number, from: number): readonly Sample[] {
  const near = periods.filter((each) => each.from < from + day && each.to > from);
  const samples: Sample[] = [];
  for (let at = from + observer * 40_000; at < from + day; at += intervalMs) {
    const isDown = near.some((each) => each.from <= at && at < each.to);
    const verdict = isDown ? 'failed' : 'ok';
    samples.push({ component: 'family:v2', at: new Date(at).toISOString(), verdict, latencyMs: null, reason: null });
  }
  return samples;
}

const comma = (text: string): string => text.replace(',', '.').replace(/^100%$/, '100.00%');
const percent = (share: number | null | undefined): string => `${((share ?? Number.NaN) * 100).toFixed(2)}%`;

describe('the outages of 2012 and 2013', () => {
  let status: CoreUnderTest;
  let family: FamilyReport;

  beforeAll(async () => {
    status = openCoreUnderTest(startsAt);
    for (let from = startsAt; from < endsAt; from += day) {
      status.setTime(from + day - 1);
      for (const [index, observer] of observers.entries()) {
        status.core().ingest({ observer, intervalMs, samples: [...samplesOf(index, from)] });
      }
      await status.settle();
    }
    family = status.family('v2');
  });

  afterAll(() => {
    status.dispose();
  });

  it.each(Object.entries(published))('give %s the %s that were published', (month, uptime) => {
    const found = family.months.find((each) => each.month === month);
    expect(percent(found?.uptime)).toBe(comma(uptime));
  });

  it(`give the published average, ${publishedAverage}`, () => {
    expect(percent(family.averageUptime)).toBe(publishedAverage);
  });

  it('leave nothing unknown but the first moments', () => {
    const unknown = family.months.reduce((sum, { times }) => sum + times.unknown, 0);
    expect(unknown).toBeLessThan(minute);
  });
});
