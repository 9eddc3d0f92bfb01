import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { Incident, Verdict } from '@feedfleet/status-model';

import { ManualClock } from '../manual-clock.ts';
import { pagesPart } from '../pages/pages-part.ts';
import { openStatusUnderTest, operatorToken } from '../status-under-test.ts';
import type { StatusUnderTest } from '../status-under-test.ts';
import { incidentsPart } from './incidents-part.ts';

let clock: ManualClock;
let status: StatusUnderTest;

beforeEach(async () => {
  clock = new ManualClock('2026-11-28T12:00:00Z');
  status = await openStatusUnderTest({ parts: [incidentsPart(), pagesPart], clock });
});
afterEach(() => status.dispose());

/** As many rounds of five seconds, of families that all see the same. */
async function rounds(count: number, verdicts: Readonly<Record<string, Verdict>>): Promise<void> {
  for (let round = 0; round < count; round += 1) {
    const at = new Date(clock.now()).toISOString();
    const samples = Object.entries(verdicts).map(([family, verdict]) => ({
      ...{ component: `family:${family}`, at, verdict, latencyMs: 5 },
      reason: verdict === 'failed' ? 'search: 503' : null,
    }));
    status.context().ingest({ observer: 'local', intervalMs: 5_000, samples });
    await clock.advance(5_000);
  }
}

const incidents = (): readonly Incident[] => status.context().current().incidents;
const said = (): readonly string[] => incidents().flatMap(({ updates }) => updates.map(({ text }) => text));

async function operate(path: string, body: object): Promise<void> {
  const answer = await request(status.url()).post(path).set('authorization', `Bearer ${operatorToken}`).send(body);
  if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
}

describe('incidents of the process', () => {
  it('open, grow and close as observers see it, and say so in their timeline', async () => {
    await rounds(4, { v2: 'ok', v3: 'ok' });
    await rounds(4, { v2: 'failed', v3: 'ok' });
    await rounds(3, { v2: 'failed', v3: 'failed' });
    expect(incidents()).toMatchObject([
      { title: 'NuGet v2 (OData) and NuGet v3 (JSON) are down', state: 'down', closedAt: null, isAutomatic: true },
    ]);
    await rounds(12, { v2: 'ok', v3: 'ok' });
    const [incident, ...others] = incidents();
    expect(others).toEqual([]);
    expect(incident?.updates.map(({ by, text }) => `${by}: ${text}`)).toEqual([
      'feedfleet: NuGet v2 (OData) is down: search: 503.',
      'feedfleet: NuGet v3 (JSON) is down: search: 503.',
      'feedfleet: Works again, after 1 min.',
    ]);
    expect(incident?.closedAt).not.toBeNull();
  });

  it('are silent on one bad round, and on silence', async () => {
    await rounds(4, { v2: 'ok' });
    await rounds(1, { v2: 'failed' });
    await rounds(4, { v2: 'ok' });
    await clock.advance(600_000);
    expect(incidents()).toEqual([]);
  });

  it('stay one over a restart and over a short recovery', async () => {
    await rounds(4, { v2: 'ok' });
    await rounds(4, { v2: 'failed' });
    await status.restart();
    await rounds(4, { v2: 'failed' });
    await rounds(12, { v2: 'ok' });
    await rounds(4, { v2: 'failed' });
    expect(incidents()).toMatchObject([{ closedAt: null }]);
    expect(
      incidents()[0]
        ?.updates.map(({ text }) => text)
        .at(-1),
    ).toBe('NuGet v2 (OData) is down again: search: 503.');
  });

  it('stay closed for the same trouble once an operator has closed them, however long it lasts and however it changes', async () => {
    await rounds(4, { v2: 'ok' });
    await rounds(4, { v2: 'failed' });
    const [{ id } = { id: '' }] = incidents();
    await operate(`/api/incidents/${id}/close`, { text: 'We know.' });
    await rounds(200, { v2: 'failed' });
    await rounds(20, { v2: 'slow' });
    await rounds(20, { v2: 'failed' });
    await status.restart();
    await rounds(10, { v2: 'failed' });
    expect(said()).toEqual(['NuGet v2 (OData) is down: search: 503.', 'We know.']);
    await rounds(12, { v2: 'ok' });
    await rounds(4, { v2: 'failed' });
    expect(incidents()).toHaveLength(2);
  });

  it('do not say that what is maintained works', async () => {
    await rounds(4, { v2: 'ok' });
    await rounds(4, { v2: 'failed' });
    const [startsAt, endsAt] = [0, 3_600_000].map((ms) => new Date(clock.now() + ms).toISOString());
    await operate('/api/maintenance', { title: 'A new disk', components: ['family:v2'], startsAt, endsAt });
    await rounds(12, { v2: 'failed' });
    expect(said()).toEqual([
      'NuGet v2 (OData) is down: search: 503.',
      expect.stringMatching(/^Under planned maintenance now, after /),
    ]);
  });

  it('are told ever less when something works and fails in turn', async () => {
    for (let turn = 0; turn < 20; turn += 1) {
      await rounds(4, { v2: 'failed' });
      await rounds(10, { v2: 'ok' });
    }
    // Twice: at first, and after the first relapse.
    expect(said().filter((text) => text.startsWith('Works again'))).toHaveLength(2);
    expect(said().filter((text) => text.includes('is down again'))).toHaveLength(2);
  });

  it('that an operator opened tell of an outage, stay open after it, and leave one that lasts to a new one', async () => {
    await rounds(4, { v2: 'ok' });
    await operate('/api/incidents', { title: 'Search misses packages', state: 'degraded', components: ['family:v2'] });
    const [{ id } = { id: '' }] = incidents();
    await rounds(4, { v2: 'failed' });
    await rounds(12, { v2: 'ok' });
    expect(incidents()).toMatchObject([{ id, title: 'Search misses packages', state: 'down', closedAt: null }]);
    await rounds(4, { v2: 'failed' });
    await operate(`/api/incidents/${id}/close`, { text: 'The index is whole.' });
    await rounds(2, { v2: 'failed' });
    expect(said()).toEqual([
      'NuGet v2 (OData) is down: search: 503.',
      'Search misses packages',
      'NuGet v2 (OData) is down: search: 503.',
      'NuGet v2 (OData) works again.',
      'NuGet v2 (OData) is down again: search: 503.',
      'The index is whole.',
    ]);
    expect(incidents().map(({ isAutomatic, closedAt }) => isAutomatic && closedAt === null)).toEqual([true, false]);
  });

  it('do not open for a fleet that takes its time to start', async () => {
    await rounds(11, { v2: 'failed' });
    await rounds(12, { v2: 'ok' });
    expect(incidents()).toEqual([]);
    await clock.advance(60_000);
    await status.restart();
    await rounds(11, { v2: 'failed' });
    expect(status.context().liveState('family:v2')).toMatchObject({
      state: 'unknown',
      reason: 'it has not answered yet',
    });
    expect(incidents()).toEqual([]);
    await rounds(2, { v2: 'failed' });
    expect(incidents()).toMatchObject([{ title: 'NuGet v2 (OData) is down', closedAt: null }]);
  });

  it('go on over a restart of the page while something is down', async () => {
    await rounds(4, { v2: 'ok' });
    await rounds(4, { v2: 'failed' });
    await status.restart();
    await clock.advance(60_000);
    await rounds(3, { v2: 'failed' });
    expect(status.context().liveState('family:v2').state).toBe('down');
    expect(incidents()).toMatchObject([{ closedAt: null }]);
  });

  it('stay on the page for years, by month', async () => {
    await operate('/api/incidents', { title: 'A disk is full', components: ['family:v2', 'instance:v2-1'] });
    await operate('/api/incidents', { title: 'Only for operators', components: ['instance:v2-1'] });
    for (const { id } of incidents()) await operate(`/api/incidents/${id}/close`, { text: 'Mended.' });
    const [, { id } = { id: '' }] = incidents();
    await clock.advance(2 * 365 * 86_400_000);
    expect(incidents()).toEqual([]);
    const page = async (path: string): Promise<string> => (await request(status.url()).get(path).expect(200)).text;
    expect(await page('/history')).toContain('href="history/2026-11.html"');
    const month = await page('/history/2026-11');
    expect(month).toContain(`href="../incidents/${id}.html"`);
    expect(month).not.toContain('Only for operators');
    const told = await page(`/incidents/${id}`);
    expect(told).toContain('28 Nov 2026, 12:00 UTC');
    expect(told).toContain('Mended.');
    expect(told).not.toContain('instance:');
    expect(told).not.toContain(' ago)');
  });
});
