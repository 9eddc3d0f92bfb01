import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '@feedfleet/registry-client';
import { statusReportSchema } from '@feedfleet/status-model';
import request from 'supertest';

import { incidentsPart } from './incidents/incidents-part.ts';
import { observingPart } from './observing/observing-part.ts';
import { openStatusUnderTest } from './status-under-test.ts';
import type { StatusUnderTest } from './status-under-test.ts';

const noon = Date.parse('2026-11-28T12:00:00Z');
let status: StatusUnderTest;
let file: string;

beforeEach(async () => {
  const parts = [observingPart, incidentsPart()];
  const clock = { ...systemClock, now: () => noon };
  status = await openStatusUnderTest({ parts, settings: { publicUrl: undefined }, clock });
  file = path.join(status.folder, 'status', 'status.db');
  const sample = { component: 'family:v2', verdict: 'ok', latencyMs: 5, reason: null } as const;
  const ago = (ms: number) => ({ ...sample, at: new Date(noon - ms).toISOString() });
  status.context().ingest({ observer: 'local', intervalMs: 5_000, samples: [ago(10_000), ago(5_000), ago(0)] });
  await status.stop();
});
afterEach(() => status.dispose());

function change(sql: string): void {
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

function overwritePageOf(table: string): void {
  const database = new DatabaseSync(file);
  const size = Number(database.prepare('PRAGMA page_size').get()?.page_size);
  const root = Number(database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').get(table)?.rootpage);
  database.close();
  const opened = openSync(file, 'r+');
  writeSync(opened, Buffer.alloc(size, 0xff), 0, size, (root - 1) * size);
  closeSync(opened);
}

async function stateOfV2(): Promise<string | undefined> {
  const { body } = (await request(status.url()).get('/api/status').expect(200)) as { readonly body: unknown };
  return statusReportSchema.parse(body).families.find(({ id }) => id === 'v2')?.state;
}

describe('a start on data of before', () => {
  it('goes on with them', async () => {
    await status.restart();
    expect(await stateOfV2()).toBe('up');
    expect(existsSync(`${file}.damaged`)).toBe(false);
  });

  it.each<[string, () => void]>([
    ['a page of components', () => overwritePageOf('component')],
    ['a page of live states', () => overwritePageOf('live_state')],
    ['a page of what is known of the fleet', () => overwritePageOf('observing_known')],
    ['what observers hold', () => change(`UPDATE held_verdict SET value = '{"held":'`)],
    ['what is known of the fleet', () => change(`INSERT INTO observing_known VALUES ('fleet', '{"families":[')`)],
    [
      'an alert that fires',
      () => change(`INSERT INTO alert (name, subject, content, fired_at) VALUES ('a', 'b', '{"finding', 1)`),
    ],
    [
      'an alert of another form',
      () => change(`INSERT INTO alert (name, subject, content, fired_at) VALUES ('a', 'b', '{}', 1)`),
    ],
    [
      'what observers hold, of another form',
      () => change(`UPDATE held_verdict SET value = '{"held":{"verdict":"ok"}}'`),
    ],
    ['a state that is none', () => change(`UPDATE live_state SET state = 'fine'`)],
    [
      'an incident of another form',
      () =>
        change(`INSERT INTO incident (id, title, is_title_own, state, components, is_automatic, opened_at, closed_by_operator, told)
                VALUES ('000000', 'a', 0, 'down', '"family:v2"', 1, 1, 0, '{}')`),
    ],
  ])('puts them aside when %s cannot be read, says so, and begins anew', async (_what, damage) => {
    damage();
    await status.restart();
    expect(await stateOfV2()).toBe('unknown');
    expect(existsSync(`${file}.damaged`)).toBe(true);
    expect(status.logged()).toContain('the data of the status page was damaged and began anew');
    expect((await request(status.opsUrl()).get('/metrics')).text).toContain('feedfleet_status_family_state');
    await status.restart();
    expect(status.logged().match(/began anew/g)).toHaveLength(1);
  });
});
