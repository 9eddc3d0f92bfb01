/** A family whose requests are some milliseconds of work each, and what it serves of them at its best. */
import { LeanClient, LoadRun } from '@feedfleet/load';
import type { LoadRequest } from '@feedfleet/load';
import { DEFAULT_BALANCING } from '@feedfleet/registry-client';
import { FleetProcesses } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { writeVersions } from '../seed.ts';
import type { SeededVersion } from '../seed.ts';

const FEEDS = 4;
const VERSIONS_PER_FEED = 400;
const CLIENTS = 16;
/** The family that turns all away while it stands still. */
const STANDSTILL = 'symbols';
const STILL_FEED = 'still';

export const feedName = (place: number): string => `heavy${place}`;

export async function seedHeavy(fleet: Fleet): Promise<void> {
  await fleet.registry.feeds.create({ name: STILL_FEED, visibility: 'public' });
  const versions: SeededVersion[] = [];
  for (let place = 0; place < FEEDS; place += 1) {
    const { feed } = await fleet.registry.feeds.create({ name: feedName(place), visibility: 'public' });
    for (let each = 0; each < VERSIONS_PER_FEED; each += 1) {
      versions.push({ feedId: feed.id, id: `Heavy.P${each % 100}`, version: `1.${Math.floor(each / 100)}.0` });
    }
  }
  await writeVersions(fleet, versions);
}

/** Looks at every version of a feed, and finds none: some milliseconds of work, and a new question each time. */
export function heavyRequest(fleet: Fleet, turn: number): LoadRequest {
  const filter = encodeURIComponent(`substringof('nothing ${turn}',Description) and Title ne ''`);
  return { url: `${fleet.url}/F/${feedName(turn % FEEDS)}/api/v2/Packages()?$filter=${filter}` };
}

/** Served requests a second, with clients that wait for their answers. */
export async function peakPerSecond(fleet: Fleet, durationMs: number): Promise<number> {
  const client = new LeanClient({ maxConnections: CLIENTS, timeoutMs: 30_000 });
  const end = performance.now() + durationMs;
  let served = 0;
  // Other questions than those of the overload.
  let turn = Math.floor(Math.random() * 1e9);
  const ask = async (): Promise<void> => {
    while (performance.now() < end) {
      const wanted = heavyRequest(fleet, turn++);
      const outcome = await new Promise<string>((resolve) => client.send(wanted, (each) => resolve(each.outcome)));
      if (outcome === 'ok') served += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, ask));
  client.close();
  return (served * 1_000) / durationMs;
}

/** A family whose only place is taken by a request that does not end, so that the balancer turns all others away. */
export class StandstillFamily {
  readonly #fleet: Fleet;
  readonly #processes: FleetProcesses;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    this.#processes = new FleetProcesses(fleet);
  }

  /** What the work of `during` comes to while `perSecond` requests are turned away, by the same generator and the same balancer. */
  async whileRefusing<T>(perSecond: number, during: () => Promise<T>): Promise<T> {
    const { registry, url } = this.#fleet;
    await registry.families.update(STANDSTILL, { balancing: { maxConcurrent: 1, maxQueue: 0 } });
    const request = (turn: number): LoadRequest => ({ url: `${url}/F/${STILL_FEED}/symbols/a.pdb/${turn}/a.pdb` });
    this.#processes.signal(`${STANDSTILL}-1`, 'SIGSTOP');
    const run = new LoadRun({
      groups: [
        {
          name: 'refused',
          isLean: true,
          ratePerSecond: perSecond,
          maxConnections: 4_000,
          maxUnderWay: 20_000,
          request,
        },
      ],
      phase: 'refusals',
    });
    try {
      return await during();
    } finally {
      this.#processes.signal(`${STANDSTILL}-1`, 'SIGCONT');
      await run.stop();
      const { maxConcurrent, maxQueue } = DEFAULT_BALANCING;
      await registry.families.update(STANDSTILL, { balancing: { maxConcurrent, maxQueue } });
    }
  }
}
