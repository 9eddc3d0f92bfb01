/** Every drill in its short form, on one fleet that has none of their guards: each breaks the law that its guard is there for. */
import { DRILL_NAMES, DRILLS, runDrill, startDrillFleet } from '@feedfleet/drills';
import type { DrillFleet, DrillName } from '@feedfleet/drills';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const TEST_MS = 90_000;
/** What kills the instances of a family comes after the drill that has a feed found by being there at every death. */
const ORDER: readonly DrillName[] = ['poison-package', ...DRILL_NAMES.filter((name) => name !== 'poison-package')];

let on: DrillFleet;

beforeAll(async () => {
  const drills = Object.values(DRILLS);
  on = await startDrillFleet(
    drills,
    drills.map(({ guard }) => guard),
  );
}, TEST_MS);
afterAll(() => on.stop(), TEST_MS);

describe('without its guard', () => {
  it.each(ORDER)(
    '%s breaks the law that it is there for',
    async (name) => {
      const { findings } = await runDrill(DRILLS[name], on, { isShort: true, isGuarded: false });
      const broken = findings.filter(({ outcome }) => outcome === 'broken').map(({ id }) => id);
      expect(broken).toContain(DRILLS[name].guard.law);
    },
    TEST_MS,
  );
});
