/** Every drill in its short form, on one fleet that has all of its guards: all laws hold. */
import { DRILL_NAMES, DRILLS, runDrill, startDrillFleet } from '@feedfleet/drills';
import type { DrillFleet, DrillName } from '@feedfleet/drills';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const TEST_MS = 90_000;
/** What kills the instances of a family comes after the drill that has a feed found by being there at every death. */
const ORDER: readonly DrillName[] = ['poison-package', ...DRILL_NAMES.filter((name) => name !== 'poison-package')];

let on: DrillFleet;

beforeAll(async () => {
  on = await startDrillFleet(Object.values(DRILLS));
}, TEST_MS);
afterAll(() => on.stop(), TEST_MS);

describe('with its guard', () => {
  it.each(ORDER)(
    '%s holds all laws',
    async (name) => {
      const { findings } = await runDrill(DRILLS[name], on, { isShort: true, isGuarded: true });
      expect(findings.filter(({ outcome }) => outcome !== 'held')).toEqual([]);
      // Without the one that the guard is there for this would say nothing.
      expect(findings.map(({ id }) => id)).toContain(DRILLS[name].guard.law);
    },
    TEST_MS,
  );
});
