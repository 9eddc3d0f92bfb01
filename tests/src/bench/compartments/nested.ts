/** Feeds that reference each other 1 to 8 deep, asked by ten times as many clients at once as a family takes requests. */
import { setTimeout as delay } from 'node:timers/promises';

import { LoadRun } from '@feedfleet/load';
import type { LoadGroup, LoadRequest } from '@feedfleet/load';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { ms, printLine, printRow, reasonsOf } from '../../load/report-table.ts';
import { VERSION_LISTS } from '../../support/source-graph.ts';
import { writeVersions } from '../seed.ts';
import { READ_FAMILIES } from '../../support/feed-client.ts';
import { recordFigure } from '../figures.ts';

const DEPTHS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
const POOL = 16;
const CLIENTS = 10 * POOL;
/** Before a second burst would come. */
const BURST_MS = 500;
const ID = 'Nested.Library';

/** `nest0` references `nest1`, and so on in a circle, so that every depth has a way on; each has a version of its own. */
async function addFeeds({ registry, ...fleet }: Fleet): Promise<void> {
  for (const depth of DEPTHS) {
    const names = Array.from({ length: depth + 1 }, (_each, place) => nameOf(depth, place));
    for (const [place, name] of names.entries()) {
      const { feed } = await registry.feeds.create({ name, visibility: 'public' });
      await writeVersions({ registry, ...fleet }, [{ feedId: feed.id, id: ID, version: `${place + 1}.0.0` }]);
    }
    for (const [place, name] of names.entries()) {
      const target = { kind: 'feed', feed: names[(place + 1) % names.length] ?? '' } as const;
      await registry.sources.create(name, { name: target.feed, target });
    }
  }
}

const nameOf = (depth: number, place: number): string => `nest${depth}-${place}`;

function clientsOf(fleet: Fleet, depth: number): readonly LoadGroup[] {
  return READ_FAMILIES.map((family) => ({
    name: family,
    // All at once, and once.
    ratePerSecond: CLIENTS,
    burst: CLIENTS,
    maxConnections: CLIENTS,
    request: (turn): LoadRequest => ({
      // Another spelling each time, so that what is kept of the former answer is of no use. Every feed of a circle is as deep.
      url: `${fleet.url}/F/${nameOf(depth, turn % (depth + 1))}${fresh(VERSION_LISTS[family](ID), turn)}`,
      keepsBody: true,
      judge: ({ status, body }) => {
        if (status !== 200) return `status ${status}`;
        const all = Array.from({ length: depth + 1 }, (_each, place) => `${place + 1}.0.0`);
        return all.every((version) => body.includes(version)) ? undefined : 'feeds are missing';
      },
    }),
  }));
}

const fresh = (path: string, turn: number): string => `${path}${path.includes('?') ? '&' : '?'}turn=${turn}`;

export async function measureNested(fleet: Fleet): Promise<void> {
  await addFeeds(fleet);
  for (const { id, title, balancing } of await fleet.registry.families.list()) {
    const bounded = { ...balancing, maxConcurrent: POOL, maxQueue: 4 * CLIENTS, queueMs: 20_000 };
    await fleet.registry.families.put(id, { title, balancing: bounded });
  }
  printLine(
    `\nFeeds in a circle, each asked for what all have; pools of ${POOL}, ${CLIENTS} clients at once and family.`,
  );
  printLine('Aim: none fails, none is out of time; who is told to come again is counted apart.\n');
  printRow(['depth', 'requests', 'failed', 'refused', 'p50', 'p99', 'max', '']);
  for (const depth of DEPTHS) {
    const run = new LoadRun({ groups: clientsOf(fleet, depth), phase: 'bursts' });
    await delay(BURST_MS);
    const report = await run.stop();
    const all = report.sum('bursts', READ_FAMILIES);
    const figures = [0.5, 0.99, 1].map((share) => ms(all.ok.quantileMs(share)));
    const { failed, refused } = all;
    printRow([depth, all.sent, failed.count, refused.count, ...figures, failed.count === 0 ? 'ok' : 'MISSED']);
    recordFigure({ title: `nested ${depth} deep: failed`, value: failed.count, unit: 'count', aim: { atMost: 0 } });
    if (all.errors > 0) printLine(`    ${reasonsOf(all)}`);
  }
}
