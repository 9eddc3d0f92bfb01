/** Every scenario of load against a real fleet, all at the same time: that each asks what the fleet answers. No figure is judged. */
import { allScenarios, openTarget, processesOfFleet, ProcessSampler, runScenario } from '@feedfleet/load';
import type { RunDocument } from '@feedfleet/load';
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const FEEDS = ['load-1', 'load-2'];
const SECONDS = 4;

let fleet: Fleet;
let documents: ReadonlyMap<string, RunDocument>;

beforeAll(async () => {
  fleet = await startFleet();
  for (const name of FEEDS) await fleet.registry.feeds.create({ name, visibility: 'public' });
  const { signal } = new AbortController();
  const target = await openTarget({
    ...{
      url: fleet.url,
      feeds: FEEDS,
      packages: [],
      key: fleet.adminKey,
      mayLoad: [],
      prepare: true,
      largeBytes: 1_500_000,
      signal,
    },
  });
  const settings = {
    ratePerSecond: 10,
    seconds: SECONDS,
    warmUpSeconds: 0,
    maxConnections: 8,
    timeoutSeconds: 60,
    run: 'test',
  };
  documents = new Map(
    await Promise.all(
      allScenarios.map(async (scenario): Promise<[string, RunDocument]> => {
        const processes = () => processesOfFleet(fleet.data);
        return [
          scenario.name,
          await runScenario({ scenario, target, settings, processes, signal, onSecond: () => undefined }),
        ];
      }),
    ),
  );
});

afterAll(async () => {
  await fleet.stop();
});

describe('every scenario', () => {
  it.each(allScenarios.map(({ name }) => name))('is answered by a fleet as it should be: %s', (name) => {
    const { total, groups } = documents.get(name) ?? { total: { phases: [] }, groups: [] };
    const failures = groups.flatMap((group) =>
      group.phases.flatMap(({ reasons }) => reasons.map(({ reason }) => `${group.name}: ${reason}`)),
    );
    // A machine with much to do may have some told to come again.
    expect(failures.filter((failure) => !/: (503|429) /.test(failure))).toEqual([]);
    expect(total.phases.reduce((sum, { ok }) => sum + ok, 0)).toBeGreaterThan(SECONDS);
    // Each group was asked for at least once.
    for (const group of groups)
      expect([group.name, group.phases.some(({ sent }) => sent > 0)]).toEqual([group.name, true]);
  });

  it('tells of the processes of the fleet, and of itself', () => {
    const names = documents.get('restore')?.processes.map(({ name }) => name) ?? [];
    expect(names.toSorted()).toEqual(
      ProcessSampler.isPossible
        ? expect.arrayContaining(['balancer-1', 'default-1', 'load generator', 'push-1', 'v2-1', 'v3-1'])
        : [],
    );
  });

  it('asks the families that the clients of its mix ask', () => {
    expect(
      documents
        .get('restore')
        ?.families.map(({ name }) => name)
        .toSorted(),
    ).toEqual(['default', 'v2', 'v3']);
    expect(documents.get('push-burst')?.families.map(({ name }) => name)).toContain('push');
  });
});
