/** Feeds that refer to each other: a pair, a triangle, ten of each other, and a storm of queries over them. */
import type { LoadAnswer } from '@feedfleet/load';

import type { Drill, DrillGroup, Finding, Scene, Seen } from '../drill.ts';
import { NAIVE_FAN_OUT } from '../guards/cut-outs.ts';
import { finding, noFailures } from '../laws.ts';
import type { Stage } from '../stage.ts';

const SHARED = 'Drill.Shared';
const FAMILY = 'default';
const SHAPES = { pair: 2, triangle: 3, clique: 10 } as const;
type Shape = keyof typeof SHAPES;
const SHAPE_NAMES = Object.keys(SHAPES) as readonly Shape[];
const STORM = { short: 10, full: 40 } as const;

export const loop: Drill = {
  name: 'loop',
  hypothesis:
    'Feeds that refer to each other in circles cost one request for each distinct feed and query, give all packages from every entry, and nobody else notices.',
  fault:
    'Under load, package sources are configured so that two feeds refer to each other, three in a triangle and ten all to all; then a storm of queries goes over all of them.',
  guard: {
    what: 'the plan at the entry, which finds every feed once',
    off: 'feeds that were found already are asked again by whoever refers to them, two steps deep',
    law: 'bounded-work',
    cutOut: NAIVE_FAN_OUT,
  },
  victims: [],
  fitsTarget: true,
  open,
};

const pathOf = (feed: string): string => `/F/${feed}/FindPackagesById()?id='${SHARED}'&semVerLevel=2.0.0`;

const versionsIn = (text: string): number => [...text.matchAll(/<d:NormalizedVersion>/g)].length;

/** Which feed of a shape refers to which. */
function edgesOf(shape: Shape, feeds: readonly string[]): readonly (readonly [string, string])[] {
  const isReferred = (from: number, to: number): boolean =>
    shape === 'triangle' ? to === (from + 1) % feeds.length : to !== from;
  return feeds.flatMap((feed, from) =>
    feeds.filter((_, to) => isReferred(from, to)).map((target): [string, string] => [feed, target]),
  );
}

async function open(stage: Stage): Promise<Scene> {
  const feeds = new Map<Shape, readonly string[]>();
  for (const shape of SHAPE_NAMES) {
    const names: string[] = [];
    for (let place = 0; place < SHAPES[shape]; place += 1) {
      const name = await stage.addFeed(`${shape}${place}`);
      await stage.push(name, SHARED, `${place + 1}.0.0`);
      names.push(name);
    }
    feeds.set(shape, names);
  }
  const entry = (shape: Shape): string => feeds.get(shape)?.[0] ?? '';
  let isConfigured = false;
  const storm: DrillGroup = {
    name: 'storm',
    rates: { quiet: 2, control: 2, fault: stage.isShort ? STORM.short : STORM.full, recovery: 2 },
    request: (turn) => {
      const shape = SHAPE_NAMES[turn % SHAPE_NAMES.length] ?? 'pair';
      // What was asked when the sources were there already has to have everything.
      const least = isConfigured ? SHAPES[shape] : 1;
      const judge = ({ status, body }: LoadAnswer): string | undefined => {
        if (status !== 200) return `status ${status}`;
        return versionsIn(body.toString()) < least ? 'packages are missing' : undefined;
      };
      return { url: stage.fleet.url + pathOf(entry(shape)), judge, keepsBody: true };
    },
  };
  return {
    groups: [storm],
    begin: async () => {
      for (const shape of SHAPE_NAMES) {
        const members = feeds.get(shape) ?? [];
        const edges = edgesOf(shape, members);
        for (const member of members) {
          stage.signal.throwIfAborted();
          const own = edges.filter(([feed]) => feed === member);
          await Promise.all(own.map(([feed, target]) => stage.addFeedSource(feed, target)));
        }
      }
      isConfigured = true;
    },
    end: () => Promise.resolve(),
    isWell: async () => (await stage.ask(pathOf(entry('pair')))).status === 200,
    judge: async ({ report }: Seen) => {
      const worked: Worked[] = [];
      for (const shape of SHAPE_NAMES) worked.push(await measured(stage, shape, feeds.get(shape) ?? []));
      return [
        boundedWork(worked),
        allOfIt(worked),
        noFailures(report.sum('fault', ['storm']), { id: 'storm', law: 'Every query of the storm is answered, whole' }),
      ];
    },
  };
}

interface Worked {
  readonly shape: Shape;
  /** Requests through the balancer that one query took beside itself, from each entry in turn; undefined where others kept asking. */
  readonly asked: readonly (number | undefined)[];
  /** Versions that each entry gave. */
  readonly versions: readonly number[];
}

/** Asks two entries, while the load asks nothing any more. Others may ask a fleet that is not ours alone: there it is tried three times. */
async function measured(stage: Stage, shape: Shape, feeds: readonly string[]): Promise<Worked> {
  const asked: (number | undefined)[] = [];
  const versions: number[] = [];
  for (const feed of feeds.slice(0, 2)) {
    const counts: (number | undefined)[] = [];
    for (let tries = stage.isOwn ? 1 : 3; tries > 0; tries -= 1) {
      const before = await stage.settledRequests(FAMILY);
      const { text } = await stage.ask(pathOf(feed));
      versions.push(versionsIn(text));
      const after = before === undefined ? undefined : await stage.settledRequests(FAMILY);
      counts.push(before === undefined || after === undefined ? undefined : after - before - 1);
    }
    asked.push(countOf(counts, SHAPES[shape] - 1));
  }
  return { shape, asked, versions };
}

/** What the tries say together: the least, where that is not too much or all say the same; else others asked as well. */
export function countOf(tries: readonly (number | undefined)[], expected: number): number | undefined {
  const known = tries.filter((count) => count !== undefined);
  if (known.length === 0) return undefined;
  const least = Math.min(...known);
  return least <= expected || new Set(tries).size === 1 ? least : undefined;
}

export function boundedWork(worked: readonly Pick<Worked, 'shape' | 'asked'>[]): Finding {
  const about = {
    id: 'bounded-work',
    law: 'Upstream requests for one query are exactly the distinct feeds',
    expected: worked.map(({ shape }) => `${shape}: ${SHAPES[shape] - 1}`).join(', '),
    measured: worked
      .map(({ shape, asked }) => `${shape}: ${asked.map((count) => count ?? '?').join(' and ')}`)
      .join(', '),
  };
  const holds = worked.every(({ shape, asked }) =>
    asked.every((count) => (count ?? SHAPES[shape] - 1) === SHAPES[shape] - 1),
  );
  const isOpen = worked.some(({ asked }) => asked.includes(undefined));
  if (!holds || !isOpen) return finding({ ...about, holds });
  return { ...about, outcome: 'not measured', measured: `${about.measured}; others asked the family all the time` };
}

function allOfIt(worked: readonly Worked[]): Finding {
  return finding({
    id: 'all-of-it',
    law: 'Every entry gives the packages of all feeds',
    holds: worked.every(({ shape, versions }) => versions.every((count) => count === SHAPES[shape])),
    expected: worked.map(({ shape }) => `${shape}: ${SHAPES[shape]}`).join(', '),
    measured: worked.map(({ shape, versions }) => `${shape}: ${versions.join(' and ')}`).join(', '),
  });
}
