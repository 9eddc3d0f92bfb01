/** One of two instances of a family is killed, again and again. */
import { setTimeout as delay } from 'node:timers/promises';

import { ProblemError } from '@feedfleet/problems';

import type { Drill, DrillGroup, Finding, Scene, Seen } from '../drill.ts';
import { finding, noFailures, over } from '../laws.ts';
import type { Stage } from '../stage.ts';

const FAMILY = 'v2';
const VICTIM = 'v2-1';
const RATE = 60;
const READY_LIMIT_MS = 20_000;

export const familyCrash: Drill = {
  name: 'family-crash',
  hypothesis:
    'When an instance of a family is killed, requests that it had or would have had are answered by another one, other families notice nothing, and it is back by itself.',
  fault: `kill -9 of ${VICTIM}, each time that it is ready.`,
  guard: {
    what: "the balancer's second try at another instance",
    off: 'the family is asked once only (balancing.retries is false)',
    law: 'second-try',
  },
  // Its requests are judged by themselves.
  victims: [FAMILY],
  fitsTarget: true,
  open,
};

async function open(stage: Stage): Promise<Scene> {
  const feed = await stage.addFeed('read');
  await stage.push(feed, 'Drill.Read');
  if (!stage.isGuarded) await stage.balance(FAMILY, { retries: false });
  const path = (turn: number): string => `/F/${feed}/api/v2/FindPackagesById()?id='Drill.Read'&turn=${turn}`;
  const readers: DrillGroup = {
    name: 'readers',
    rates: { quiet: RATE, control: RATE, fault: RATE, recovery: RATE },
    request: (turn) => ({ url: stage.fleet.url + path(turn) }),
  };
  const hasTwo = stage.processes.idOf('v2-2') !== undefined;
  if (!hasTwo) {
    const detail = `expected two instances of ${FAMILY}, found one: start the fleet with FEEDFLEET_INSTANCES='{"v2":2}'`;
    throw new ProblemError('usage', { detail });
  }
  let kills = 0;
  return {
    groups: [readers],
    begin: async () => {
      const begun = performance.now();
      const mayGoOn = (): boolean => performance.now() - begun < stage.faultMs && !stage.signal.aborted;
      while (mayGoOn()) {
        const killed = stage.processes.signal(VICTIM, 'SIGKILL');
        kills += 1;
        await stage.processes.untilReplaced(VICTIM, killed, READY_LIMIT_MS);
        while (mayGoOn() && !(await stage.isReady(VICTIM))) await delay(50);
      }
    },
    end: () => Promise.resolve(),
    isWell: async () => (await stage.isReady(VICTIM)) && (await stage.ask(path(-1))).status === 200,
    judge: (seen) => judged(seen, kills),
  };
}

function judged({ report }: Seen, kills: number): readonly Finding[] {
  return [
    finding({
      id: 'killed',
      law: 'The fault was one',
      holds: kills > 0,
      expected: `${VICTIM} killed at least once`,
      measured: `${kills} times`,
    }),
    noFailures(over(report, ['readers', FAMILY]), {
      id: 'second-try',
      law: 'No read of the family fails: another instance answers it',
    }),
  ];
}
