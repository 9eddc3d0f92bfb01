/** A family is asked for several times what it can do. */
import type { Drill, DrillGroup, Finding, Scene, Seen } from '../drill.ts';
import { finding, ms, noFailures } from '../laws.ts';
import type { Stage } from '../stage.ts';

const FAMILY = 'v3';
const VICTIM = 'v3-1';
/** What the fault leaves of the family: one request after the other, 20 ms each. */
const CAPACITY = 50;
const RATE = 200;
const BOUNDS = { maxConcurrent: 32, maxQueue: 32, queueMs: 500 };
const NO_BOUNDS = { maxConcurrent: 100_000, maxQueue: 100_000, queueMs: 60_000 };
const SERVED_LIMIT_MS = 2_000;
/** Of what it can do at its best. */
const GOODPUT_SHARE = 0.5;
const FEEDS = 4;

export const overload: Drill = {
  name: 'overload',
  hypothesis:
    'A family that is asked for four times what it can do goes on at its best: who is served is served soon, the others are told at once to come again, and afterwards it is as before.',
  fault: `${RATE} requests a second to a family that can do ${CAPACITY}: its process answers one after the other, 20 ms each.`,
  guard: {
    what: 'the limit and the line of the family in the balancer',
    off: 'any number may be under way and wait (balancing.maxConcurrent, maxQueue, queueMs)',
    law: 'served-soon',
  },
  victims: [FAMILY],
  fitsTarget: false,
  open,
};

async function open(stage: Stage): Promise<Scene> {
  const feeds: string[] = [];
  for (let place = 0; place < FEEDS; place += 1) {
    const feed = await stage.addFeed(`crowd${place}`);
    await stage.push(feed, 'Drill.Crowd');
    feeds.push(feed);
  }
  await stage.balance(FAMILY, stage.isGuarded ? BOUNDS : NO_BOUNDS);
  const { faultMs } = stage;
  const path = (turn: number): string =>
    `/F/${feeds[turn % FEEDS] ?? ''}/api/v3/registration/semver2/drill.crowd/index.json?turn=${turn}`;
  const crowd: DrillGroup = {
    name: 'crowd',
    maxConnections: 2_000,
    rates: { quiet: 10, control: 10, fault: RATE, recovery: 10 },
    request: (turn) => ({ url: stage.fleet.url + path(turn) }),
  };
  return {
    groups: [crowd],
    begin: () => {
      stage.order([VICTIM], { what: 'slow', durationMs: faultMs });
      return Promise.resolve();
    },
    end: () => Promise.resolve(),
    isWell: async () => {
      const { status, tookMs } = await stage.ask(path(0));
      return status === 200 && tookMs < 500;
    },
    judge: (seen) => judged(seen, faultMs),
  };
}

function judged({ report }: Seen, faultMs: number): readonly Finding[] {
  const crowd = report.of('fault', 'crowd');
  const best = (CAPACITY * faultMs) / 1_000;
  const least = Math.floor(best * GOODPUT_SHARE);
  return [
    finding({
      id: 'served-soon',
      law: 'Who is served is served soon',
      holds: crowd.ok.count > 0 && crowd.ok.maxMs <= SERVED_LIMIT_MS,
      expected: `within ${ms(SERVED_LIMIT_MS)}`,
      measured: crowd.ok.count > 0 ? ms(crowd.ok.maxMs) : 'nobody was served',
    }),
    finding({
      id: 'goodput',
      law: 'The family goes on serving what it can',
      holds: crowd.ok.count >= least,
      expected: `at least ${least} of the ${best} that it could`,
      measured: String(crowd.ok.count),
    }),
    noFailures(crowd, { id: 'come-again', mayRefuse: true, law: 'Who is not served is told when to come again' }),
  ];
}
