import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import request from 'supertest';
import type { Incident, Verdict } from '@feedfleet/status-model';

import { ManualClock } from '../manual-clock.ts';
import { openStatusUnderTest, operatorToken } from '../status-under-test.ts';
import type { StatusUnderTest } from '../status-under-test.ts';
import { incidentsPart } from './incidents-part.ts';

let clock: ManualClock;
let status: StatusUnderTest;

beforeEach(async () => {
  clock = new ManualClock('2026-11-28T12:00:00Z');
  status = await openStatusUnderTest({ parts: [incidentsPart()], clock });
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

  it('stay closed for the same trouble once an operator has closed them, however long it lasts', async () => {
    await rounds(4, { v2: 'failed' });
    const [{ id } = { id: '' }] = incidents();
    await operate(`/api/incidents/${id}/close`, { text: 'We know.' });
    await rounds(200, { v2: 'failed' });
    await status.restart();
    await rounds(10, { v2: 'failed' });
    expect(said()).toEqual(['NuGet v2 (OData) is down: search: 503.', 'We know.']);
    await rounds(12, { v2: 'ok' });
    await rounds(4, { v2: 'failed' });
    expect(incidents()).toHaveLength(2);
  });

  it('do not say that what is maintained works', async () => {
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
});
