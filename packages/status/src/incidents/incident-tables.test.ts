import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { StatusDatabase } from '../storage/status-database.ts';
import { IncidentStore } from './incident-store.ts';
import { incidentMigrations } from './incident-tables.ts';
import { readArchive } from './stored-archive.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-incident-tables-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (count?: number): StatusDatabase =>
  StatusDatabase.open(path.join(folder, 'status.db'), [
    { name: 'incidents', migrations: incidentMigrations.slice(0, count) },
  ]);

describe('incidents of an earlier release', () => {
  it('know what they said of each family, which only those had that opened by themselves', () => {
    const before = open(3);
    const components = JSON.stringify(['family:v2', 'family:v3']);
    for (const [id, isAutomatic] of [
      ['000001', 1],
      ['000002', 0],
    ] as const) {
      before.run(
        `INSERT INTO incident (id, title, is_title_own, state, components, recovered, is_automatic, opened_at, closed_by_operator)
         VALUES (?, 'v2 and v3 are slow', 0, 'degraded', ?, '["family:v3"]', ?, 1, 0)`,
        id,
        components,
        isAutomatic,
      );
    }
    before.close();
    const after = open();
    const store = new IncidentStore(after);
    expect(store.find('000001')?.told).toEqual({ 'family:v2': 'degraded', 'family:v3': 'up' });
    expect(store.find('000002')?.told).toEqual({});
    after.close();
  });

  it.each(['components', 'recovered'])('are taken over where the %s of one were damaged', (column) => {
    const before = open(3);
    before.run(
      `INSERT INTO incident (id, title, is_title_own, state, components, recovered, is_automatic, opened_at, closed_by_operator)
       VALUES ('000001', 'v2 is slow', 0, 'degraded', '["family:v2"]', '[]', 1, 1, 0)`,
    );
    before.run(`UPDATE incident SET ${column} = '["family:v2'`);
    before.close();
    const after = open();
    expect(after.get('SELECT told FROM incident')).toEqual({ told: '{}' });
    after.close();
  });
});

describe('the archive of incidents', () => {
  it('leaves out one that was damaged', () => {
    const database = open();
    for (const [id, components] of [
      ['000001', '["family:v2"]'],
      ['000002', '"family:v2"'],
    ]) {
      database.run(
        `INSERT INTO incident (id, title, is_title_own, state, components, is_automatic, opened_at, closed_at, closed_by_operator)
         VALUES (?, 'v2 is slow', 0, 'degraded', ?, 1, 1, 2, 0)`,
        String(id),
        String(components),
      );
    }
    const archive = readArchive(new IncidentStore(database));
    const [month] = archive.months;
    expect(archive.incidentsOf(month?.month ?? '').map(({ id }) => id)).toEqual(['000001']);
    expect([archive.incident('000001')?.id, archive.incident('000002')]).toEqual(['000001', undefined]);
    database.close();
  });
});
