/** Years of samples take no more than docs/status.md says: samples for 8 days, hours for 400 days, days for ever. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { afterEach, describe, expect, it } from '@jest/globals';
import type { Sample } from '@feedfleet/status-model';

import { openCoreUnderTest } from './core-under-test.ts';
import type { CoreUnderTest } from './core-under-test.ts';

const hour = 3_600_000;
const day = 24 * hour;
const startsAt = Date.parse('2020-01-01T00:00:00Z');

/** What the page promises is what is tested here. In bytes. */
function promised(what: string): number {
  const page = readFileSync(path.resolve(import.meta.dirname, '../../../../docs/status.md'), 'utf8');
  return Number(new RegExp(`\\| ${what} +\\| ([\\d,]+) +\\|`).exec(page)?.[1]?.replaceAll(',', ''));
}

function bound(kept: { readonly samples: number; readonly hours: number; readonly days: number }): number {
  return (
    promised('the empty file and its log') +
    kept.samples * promised('a sample') +
    kept.hours * promised('an hour of a component') +
    kept.days * promised('a day of a component')
  );
}

describe('years of samples', () => {
  let status: CoreUnderTest;

  afterEach(() => {
    status.dispose();
  });

  /** Latencies all over the scale, which is the most that a histogram can take. */
  function look(from: number, to: number, intervalMs: number): void {
    for (let start = from; start < to; start += 2000 * intervalMs) {
      const samples: Sample[] = [];
      for (let at = start; at < Math.min(to, start + 2000 * intervalMs); at += intervalMs) {
        const latencyMs = 2 ** (((at / intervalMs) * 0.618) % 19);
        const instant = new Date(at).toISOString();
        samples.push({ component: 'family:v2', at: instant, verdict: 'slow', latencyMs, reason: 'slow: x'.repeat(40) });
      }
      status.core().ingest({ observer: 'a', intervalMs, samples });
    }
  }
  const rows = (table: string): number => Number(status.core().database.get(`SELECT count(*) AS n FROM ${table}`)?.n);

  it('are kept as long as is promised, and no longer; the oldest day is still told', async () => {
    status = openCoreUnderTest(startsAt);
    const [intervalMs, days, step] = [hour / 2, 720, 4 * day];
    for (let from = startsAt; from < startsAt + days * day; from += step) {
      status.setTime(from + step);
      look(from, from + step, intervalMs);
      await status.settle();
    }
    const kept = { samples: rows('sample'), hours: rows('hour_sum'), days: rows('day_sum') };
    expect(kept).toEqual({ samples: (8 * day) / intervalMs, hours: 400 * 24, days });
    expect(status.bytes()).toBeLessThanOrEqual(bound(kept));
    const { months } = status.family('v2');
    expect([months[0]?.month, months[0]?.uptime, months.at(-1)?.month]).toEqual(['2020-01', 1, '2021-12']);
  });

  it('take what is promised, and not much less, when somebody looks every five seconds', async () => {
    status = openCoreUnderTest(startsAt);
    status.setTime(startsAt + 3 * day);
    look(startsAt, startsAt + 3 * day, 5000);
    await status.settle();
    status.restart();
    const kept = { samples: rows('sample'), hours: rows('hour_sum'), days: rows('day_sum') };
    expect(kept).toEqual({ samples: 51_840, hours: 72, days: 3 });
    // The file alone: the log was written back.
    const [used, rest] = [status.bytes(), promised('the empty file and its log') - 200_000];
    expect(used).toBeLessThanOrEqual(bound(kept) - rest);
    expect(used).toBeGreaterThan((kept.samples * promised('a sample')) / 2);
  });
});
