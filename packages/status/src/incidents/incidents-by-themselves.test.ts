import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Incident, Verdict } from '@feedfleet/status-model';

import { ManualClock } from '../manual-clock.ts';
import { openStatusUnderTest } from '../status-under-test.ts';
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
});
