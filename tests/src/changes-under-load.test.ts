/** Routes, reroutes, instances and certificates change while clients ask: none of them fails, none gets what another asked for. */
import { beforeAll, expect, it } from '@jest/globals';

import { CHANGE_GROUPS, CHANGE_PHASES, changeUnderLoad } from './load/changes/change-under-load.ts';
import type { ChangeResult } from './load/changes/change-under-load.ts';
import { describeWith } from './support/component.ts';

describeWith(['dotnet'], 'a fleet that is changed under load', () => {
  let result: ChangeResult;

  beforeAll(async () => {
    result = await changeUnderLoad({
      ...{
        readsPerSecond: 20,
        routeChanges: 60,
        rollOvers: 1,
        certificates: 6,
        holdMs: 150,
        withDotnet: true,
        seed: 7,
      },
    });
  });

  it.each(CHANGE_PHASES)('answers every request as it should: %s', (phase) => {
    const { report } = result;
    expect(CHANGE_GROUPS.map((group) => [group, report.faults(phase, group)])).toEqual(
      CHANGE_GROUPS.map((group) => [group, '']),
    );
    for (const group of CHANGE_GROUPS) expect(report.of(phase, group).ok.count).toBeGreaterThan(0);
  });

  it('has every change of a route in force when the registry says so', () => {
    expect([result.made.routes, result.late]).toEqual([60, []]);
  });

  it('is restored from by dotnet all the while', () => {
    expect(result.restoreFailures).toEqual([]);
    expect(result.made.restores).toBeGreaterThan(0);
  });
});
