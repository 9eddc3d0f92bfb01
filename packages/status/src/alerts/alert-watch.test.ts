import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { alertSchema } from '@feedfleet/status-model';
import type { Sample, Verdict } from '@feedfleet/status-model';
import request from 'supertest';
import { z } from 'zod';

import { incidentsPart } from '../incidents/incidents-part.ts';
import { ManualClock } from '../manual-clock.ts';
import { observingPart } from '../observing/observing-part.ts';
import { openStatusUnderTest, operatorToken } from '../status-under-test.ts';
import type { StatusUnderTest } from '../status-under-test.ts';

let clock: ManualClock;
let status: StatusUnderTest;

beforeEach(async () => {
  clock = new ManualClock('2026-11-28T12:00:00Z');
  // Nothing is looked at by itself: where the balancer is, nobody has said.
  const settings = { publicUrl: undefined };
  status = await openStatusUnderTest({ parts: [observingPart, incidentsPart()], settings, clock });
});
afterEach(() => status.dispose());

const seen = (verdict: Verdict, agoMs: number): Sample => ({
  ...{ component: 'family:v2', verdict, latencyMs: 5, reason: null },
  at: new Date(clock.now() - agoMs).toISOString(),
});

/** A good look every five seconds, from beside the fleet. */
async function pass(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    status.context().ingest({ observer: 'local', intervalMs: 5_000, samples: [seen('ok', 0)] });
    await clock.advance(5_000);
  }
}

const operator = { authorization: `Bearer ${operatorToken}` };

async function severitiesFor(subject: string): Promise<readonly string[]> {
  const alerts = z.array(alertSchema).parse((await request(status.url()).get('/api/alerts').set(operator)).body);
  return alerts.filter((alert) => alert.subject === subject).map(({ severity }) => severity);
}

async function failuresCounted(): Promise<number> {
  const { body } = await status.context().metrics.render();
  const line = body.split('\n').find((each) => each.includes('looks_total{') && /v2.*failed|failed.*v2/.test(each));
  return Number(line?.split(' ').at(-1));
}

describe('alerts on what observers tell', () => {
  it('are not of what one tells late that had no network itself', async () => {
    await pass(600);
    const late = Array.from({ length: 715 }, (_each, index) => seen('failed', 3_600_000 - index * 5_000));
    const ingested = status.context().ingest({ observer: 'far', intervalMs: 5_000, samples: late });
    expect(ingested.taken).toBe(715);
    await pass(60);
    expect(await severitiesFor('v2')).toEqual([]);
    expect(await failuresCounted()).toBe(0);
  });

  it('are not of what is older than a minute, however rarely its observer looks', async () => {
    const samples = [seen('failed', 60_000), seen('failed', 59_000)];
    status.context().ingest({ observer: 'far', intervalMs: 3_600_000, samples });
    expect(await failuresCounted()).toBe(1);
  });

  it('are not of a fleet that has not answered yet, which its uptime does not count either', async () => {
    const look = async (verdict: Verdict): Promise<void> => {
      status.context().ingest({ observer: 'local', intervalMs: 5_000, samples: [seen(verdict, 0)] });
      await clock.advance(5_000);
    };
    for (let round = 0; round < 11; round += 1) await look('failed');
    expect([await severitiesFor('v2'), await failuresCounted()]).toEqual([[], 0]);
    await look('ok');
    for (let round = 0; round < 10; round += 1) await look('failed');
    await pass(15);
    expect([await severitiesFor('v2'), await failuresCounted()]).toEqual([['page'], 10]);
  });

  it('are of what one tells while it holds', async () => {
    await pass(600);
    for (let round = 0; round < 30; round += 1) {
      status.context().ingest({ observer: 'far', intervalMs: 5_000, samples: [seen('failed', 14_000)] });
      await pass(5);
    }
    expect(await severitiesFor('v2')).toEqual(['page']);
    expect(await failuresCounted()).toBe(30);
  });
});

describe('the dead-man switch', () => {
  it('waits for no looks of a status process that was told of nowhere to look', async () => {
    await clock.advance(400_000);
    expect(await severitiesFor('local')).toEqual([]);
    expect(status.context().current().observers).toEqual([]);
  });

  it('fires for an observer that was registered and never heard of, counted from there, and not again after a restart', async () => {
    await pass(600);
    await request(status.url()).post('/api/observers').set(operator).send({ name: 'far' }).expect(201);
    await pass(300);
    expect(await severitiesFor('far')).toEqual([]);
    await pass(20);
    expect(await severitiesFor('far')).toEqual(['ticket']);
    await status.restart();
    await pass(20);
    expect(await severitiesFor('far')).toEqual(['ticket']);
  });
});
