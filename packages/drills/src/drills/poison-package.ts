/** A package that kills every process that reads it. */
import { setTimeout as delay } from 'node:timers/promises';

import { eventually } from '@feedfleet/throwaway-fleet';

import type { Drill, DrillGroup, Finding, Scene, Seen } from '../drill.ts';
import { finding, noFailures } from '../laws.ts';
import type { Stage } from '../stage.ts';

const FAMILY = 'v2';
const MAIN = 'v2-1';
const APART = 'v2-2';
const POISON = 'drill.poison';
const DEATHS = 3;
/** What breaks sooner belongs to the same death: that of the balancer's watch, and some more. */
const SAME_DEATH_MS = 5_200;
/** How many ask for it at once. */
const ASKING = 3;
const CALM_RATE = 20;
const READY_LIMIT_MS = 20_000;
const JUDGED_LIMIT_MS = 10_000;

export const poisonPackage: Drill = {
  name: 'poison-package',
  hypothesis:
    'A feed with a package that kills every process that reads it is kept apart after the third death, and the other feeds of the family are served again.',
  fault: `Whoever is asked for one package dies of it; it is asked for ${DEATHS} times, and then further.`,
  guard: {
    what: "the balancer's automatic quarantine",
    off: 'the balancer only names the feed (automaticQuarantine is false)',
    law: 'calm-feed',
    settings: { FEEDFLEET_PROCESSES: JSON.stringify({ balancer: { automaticQuarantine: false } }) },
  },
  victims: [FAMILY],
  fitsTarget: false,
  open,
};

async function open(stage: Stage): Promise<Scene> {
  const { registry, url } = stage.fleet;
  const [bad, calm] = [await stage.addFeed('bad'), await stage.addFeed('calm')];
  await stage.push(calm, 'Drill.Calm');
  await registry.instances.update(APART, { pool: 'quarantine' });
  stage.later(() => registry.instances.update(APART, { pool: 'main' }));
  const pathOfCalm = (turn: number): string => `/F/${calm}/api/v2/FindPackagesById()?id='Drill.Calm'&turn=${turn}`;
  const askForPoison = (): Promise<unknown> =>
    Promise.allSettled(
      Array.from({ length: ASKING }, (_, place) =>
        stage.ask(`/F/${bad}/api/v2/FindPackagesById()?id='${POISON}'&turn=${place}`),
      ),
    );
  const untilServed = async (): Promise<void> => {
    const what = `${FAMILY} serves`;
    await eventually({ what, limitMs: READY_LIMIT_MS, signal: stage.signal }, async () =>
      (await stage.ask(pathOfCalm(-1))).status === 200 ? true : undefined,
    );
  };
  const calmClients: DrillGroup = {
    name: 'calm',
    // Few until the feed is judged: who is there at every death is suspect.
    rates: { quiet: 2, control: CALM_RATE, recovery: CALM_RATE },
    request: (turn) => ({ url: url + pathOfCalm(turn) }),
  };
  let isPoisonous = true;
  let asking: Promise<unknown> = Promise.resolve();
  stage.later(async () => {
    isPoisonous = false;
    await asking;
    await curePoisoned(stage);
  });
  return {
    groups: [calmClients],
    begin: async () => {
      stage.order([MAIN, APART], { what: 'poison', durationMs: 0, where: POISON });
      for (let death = 0; death < DEATHS; death += 1) {
        await untilServed();
        await askForPoison();
        await stage.pause(SAME_DEATH_MS);
      }
      await untilServed();
      if (stage.isGuarded) await untilApart(stage);
      // And it is asked for further, while the others go on.
      asking = (async () => {
        while (isPoisonous) {
          await askForPoison();
          await delay(200);
        }
      })();
    },
    end: () => Promise.resolve(),
    isWell: async () => (await stage.ask(pathOfCalm(-1))).status === 200,
    judge: judged,
  };
}

/** Until the balancer has said that it keeps the feed apart. */
async function untilApart(stage: Stage): Promise<void> {
  const what = 'the feed is kept apart';
  await eventually({ what, limitMs: JUDGED_LIMIT_MS, signal: stage.signal }, async () =>
    (await stage.balancerMetric('feedfleet_balancer_quarantined_feed')) > 0 ? true : undefined,
  ).catch(() => undefined);
}

/** Processes that start from now on survive the package: both instances do, and are ready. */
async function curePoisoned(stage: Stage): Promise<void> {
  stage.revoke();
  for (const instance of [MAIN, APART]) {
    const id = stage.processes.idOf(instance);
    if (id === undefined) continue;
    process.kill(id, 'SIGKILL');
    await stage.processes.untilReplaced(instance, id);
  }
  for (const instance of [MAIN, APART]) {
    await eventually({ what: `${instance} is ready`, limitMs: READY_LIMIT_MS }, async () =>
      (await stage.isReady(instance)) ? true : undefined,
    );
  }
}

function judged({ report }: Seen): readonly Finding[] {
  const before = report.of('fault', FAMILY);
  return [
    finding({
      id: 'deadly',
      law: 'The fault was one',
      holds: before.errors > 0,
      expected: 'requests to the family that fail while it dies',
      measured: `${before.errors} of ${before.sent}`,
    }),
    noFailures(report.of('recovery', 'calm'), {
      id: 'calm-feed',
      law: 'While the package is still asked for, no request to another feed of the family fails',
    }),
  ];
}
