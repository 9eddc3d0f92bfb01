/** A family whose process goes wrong from within, under load at a fixed rate: not one request to the others fails. */
import { setTimeout as delay } from 'node:timers/promises';

import { FaultyFleet } from '@feedfleet/drills';
import { LoadRun } from '@feedfleet/load';
import { eventually } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { LOADED_FAMILIES, seedTraffic, trafficTo } from './load/family-traffic.ts';
import { exchange } from './support/exchange.ts';

const VICTIM = 'v3';
const OTHERS = LOADED_FAMILIES.filter((family) => family !== VICTIM);
const FAULT_MS = 2_000;

let faulty: FaultyFleet;

beforeAll(async () => {
  faulty = await FaultyFleet.start({ FEEDFLEET_MAX_OLD_SPACE_MB: JSON.stringify({ [VICTIM]: 96 }) });
  await seedTraffic(faulty.fleet);
});
afterAll(() => faulty.stop());

describe.each(['CPU burn', 'memory leak', '100 % errors', 'event-loop block'] as const)('%s in one family', (fault) => {
  it('fails no request to the others, and the family is back when it is over', async () => {
    const rates = { readsPerSecond: 15, pushesPerSecond: 3 };
    const run = new LoadRun({ groups: trafficTo(faulty.fleet, rates), phase: 'fault' });
    const end = faulty.inflict(fault, `${VICTIM}-1`, FAULT_MS);
    await delay(FAULT_MS);
    await end();
    await eventually({ what: `${VICTIM} is back`, limitMs: 20_000 }, async () => {
      const { status } = await exchange(`${faulty.fleet.url}/F/steady/api/v3/index.json`);
      return status === 200 || undefined;
    });
    const report = await run.stop();
    expect(OTHERS.map((family) => [family, report.faults('fault', family)])).toEqual(
      OTHERS.map((family) => [family, '']),
    );
    expect(OTHERS.filter((family) => report.of('fault', family).sent < 3)).toEqual([]);
    // Without it this says nothing: the fault has to have been one.
    const victim = report.of('fault', VICTIM);
    expect(victim.errors > 0 || victim.ok.maxMs > FAULT_MS / 8 || fault === 'CPU burn').toBe(true);
  });
});
