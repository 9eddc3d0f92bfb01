/** The instances of a family start anew, one after the other, under load, and no request fails. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { eventually, FleetProcesses, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, expect, it } from '@jest/globals';

import { FeedClient, pathsOf } from './support/feed-client.ts';
import { feedfleet, outputOf } from './support/feedfleet-command.ts';
import { buildPackage } from './support/package-builder.ts';

const NAME = { id: 'Steady', version: '1.0.0' };

let fleet: Fleet;
let processes: FleetProcesses;
let feed: FeedClient;
let folder: string;

const place = () => ({ environment: { FEEDFLEET_DATA: fleet.data }, workingFolder: folder });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'feedfleet-rollout-'));
  fleet = await startFleet({ environment: { FEEDFLEET_INSTANCES: '{"v2":2}' } });
  processes = new FleetProcesses(fleet);
  feed = new FeedClient(`${fleet.url}/F/main`, fleet.adminKey);
  expect(await feed.push(buildPackage(NAME))).toMatchObject({ status: 201 });
});
afterAll(async () => {
  await fleet.stop();
  await rm(folder, { recursive: true, force: true });
});

it('feedfleet rollout replaces both processes of a family while clients read it, and none of them fails', async () => {
  await eventually({ what: 'both instances are registered', limitMs: 20_000 }, async () => {
    const instances = await fleet.registry.instances.list();
    return instances.filter(({ family }) => family === 'v2').length === 2 ? true : undefined;
  });
  const before = ['v2-1', 'v2-2'].map((instance) => processes.idOf(instance));
  const failures: string[] = [];
  let [answered, isOver] = [0, false];
  const run = async (): Promise<void> => {
    for (let turn = 0; !isOver; turn += 1) {
      const asked = pathsOf('v2', NAME)[turn % 11] ?? '';
      const { status } = await feed.send(asked);
      if (status === 200) answered += 1;
      else failures.push(`${status} ${asked}`);
    }
  };
  const running = [run(), run(), run()];
  const said = await feedfleet(['rollout', 'v2'], place());
  isOver = true;
  await Promise.all(running);
  expect(said).toMatchObject({ code: 0, out: 'All 2 instances of v2 run anew.\n' });
  const after = ['v2-1', 'v2-2'].map((instance) => processes.idOf(instance));
  expect(after.every((id, index) => id !== undefined && id !== before[index])).toBe(true);
  expect(failures).toEqual([]);
  expect(answered).toBeGreaterThan(50);
  const instances = await fleet.registry.instances.list();
  expect(instances.filter(({ family }) => family === 'v2').map(({ state }) => state)).toEqual(['active', 'active']);
});

it('feedfleet drain --wait and undrain take an instance out and in', async () => {
  expect(await outputOf(['drain', 'v2-1', '--wait'], place())).toContain('v2-1 has nothing under way.');
  expect(await outputOf(['fleet', 'top'], place())).toMatch(/^v2-1 +v2 +\w+, draining/m);
  expect(await outputOf(['undrain', 'v2-1'], place())).toContain('v2-1 takes requests');
});
