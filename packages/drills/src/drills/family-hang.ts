/** A family that takes requests and answers none. */
import type { Drill, DrillGroup, Finding, Scene, Seen } from '../drill.ts';
import { stopProcess } from '../faults/stopped-process.ts';
import { boundedWait, finding } from '../laws.ts';
import type { Stage } from '../stage.ts';

const FAMILY = 'v3';
const VICTIM = 'v3-1';
const DEADLINE_MS = 3_000;
/** For the way, and for who has to be told. */
const ALLOWANCE_MS = 1_500;
const RATE = 120;
/** Of the family: few, so that a drill need not send thousands of requests to fill it. */
const BOUNDS = { maxConcurrent: 16, maxQueue: 16 };
const NO_BOUNDS = { maxConcurrent: 100_000, maxQueue: 100_000, queueMs: 60_000 };

export const familyHang: Drill = {
  name: 'family-hang',
  hypothesis:
    'When a family hangs, its requests end by their deadlines or are refused at once, they fill nothing that others need, and all is as before when it wakes.',
  fault: `SIGSTOP of ${VICTIM}, the only instance of ${FAMILY}, under ${RATE} requests a second; SIGCONT at the end.`,
  guard: {
    what: "the family's compartment in the balancer",
    off: 'the family may have any number of requests under way and waiting (balancing.maxConcurrent, maxQueue, queueMs)',
    law: 'isolation',
  },
  victims: [FAMILY],
  fitsTarget: true,
  besides: `From its begin to its end each instance of ${FAMILY} may have ${BOUNDS.maxConcurrent} requests under way and ${BOUNDS.maxQueue} waiting in each class, whoever sends them.`,
  open,
};

async function open(stage: Stage): Promise<Scene> {
  const feed = await stage.addFeed('hung');
  await stage.push(feed, 'Drill.Hung');
  await stage.balance(FAMILY, stage.isGuarded ? BOUNDS : NO_BOUNDS);
  const path = (turn: number): string => `/F/${feed}/api/v3/registration/semver2/drill.hung/index.json?turn=${turn}`;
  const hung: DrillGroup = {
    name: 'hung',
    maxConnections: 1_000,
    rates: { quiet: 10, control: 10, fault: RATE, recovery: 10 },
    request: (turn) => ({
      url: stage.fleet.url + path(turn),
      headers: { 'x-feedfleet-timeout-ms': String(DEADLINE_MS) },
    }),
  };
  let wake = (): void => undefined;
  return {
    groups: [hung],
    begin: () => {
      wake = stopProcess(stage.processes.idNow(VICTIM));
      return Promise.resolve();
    },
    end: () => {
      wake();
      return Promise.resolve();
    },
    isWell: async () => (await stage.ask(path(-1))).status === 200,
    judge: judged,
  };
}

function judged({ report }: Seen): readonly Finding[] {
  const during = report.of('fault', 'hung');
  return [
    finding({
      id: 'hung',
      law: 'The fault was one',
      holds: during.errors > 0,
      expected: 'requests to the family that are not answered',
      measured: `${during.errors} of ${during.sent}`,
    }),
    boundedWait(during, {
      ...{ id: 'bounded-wait', mostMs: DEADLINE_MS + ALLOWANCE_MS },
      law: 'Nobody waits past the deadline of the request',
    }),
  ];
}
