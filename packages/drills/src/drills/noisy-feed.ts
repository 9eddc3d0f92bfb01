/** A feed that asks for much more than its share of a family. */
import { eventually } from '@feedfleet/throwaway-fleet';

import type { Drill, DrillGroup, Finding, Scene, Seen } from '../drill.ts';
import { NO_SHARE_OF_A_FEED } from '../guards/cut-outs.ts';
import { boundedWait, finding, noFailures } from '../laws.ts';
import type { Stage } from '../stage.ts';
import { addForeignFeed, isWhole, openProxiedSource, pathTo } from './foreign-scene.ts';

const FAMILY = 'v3';
/** What keeps the places of the noisy feed busy. */
const LATENCY_MS = 1_500;
const TIMEOUT_MS = 20_000;
const BOUNDS = { maxConcurrent: 20, maxQueue: 100, queueMs: 500 };
const NOISY_RATE = 60;
const CALM_RATE = 20;
const CALM_LIMIT_MS = 1_000;
const KNOWN_LIMIT_MS = 10_000;

export const noisyFeed: Drill = {
  name: 'noisy-feed',
  hypothesis:
    'A feed that asks its family for more than there is gets its share and is told to come again for the rest; other feeds of the same family are served as ever.',
  fault: `${NOISY_RATE} requests a second to one feed whose source takes ${2 * LATENCY_MS} ms, where the family has ${BOUNDS.maxConcurrent} places.`,
  guard: {
    what: 'the share of a feed in the compartment of its family',
    off: 'one feed may have all of the places',
    law: 'calm-feed',
    cutOut: NO_SHARE_OF_A_FEED,
  },
  victims: [FAMILY],
  fitsTarget: false,
  open,
};

async function open(stage: Stage): Promise<Scene> {
  const { source, proxy } = await openProxiedSource(stage);
  const noisy = await addForeignFeed(stage, {
    part: 'noisy',
    url: source.url,
    isRequired: true,
    timeoutMs: TIMEOUT_MS,
  });
  const what = 'the source is known';
  await eventually({ what, limitMs: KNOWN_LIMIT_MS }, async () => ((await isWhole(stage, noisy)) ? true : undefined));
  const calm = await stage.addFeed('calm');
  await stage.push(calm, 'Drill.Calm');
  await stage.balance(FAMILY, BOUNDS);
  const pathOfCalm = (turn: number): string => `/F/${calm}/api/v3/flat/drill.calm/index.json?turn=${turn}`;
  const groups: readonly DrillGroup[] = [
    {
      name: 'noisy',
      maxConnections: 1_000,
      rates: { fault: NOISY_RATE },
      request: (turn) => ({ url: stage.fleet.url + pathTo(noisy, turn) }),
    },
    {
      name: 'calm',
      rates: { quiet: CALM_RATE, control: CALM_RATE, fault: CALM_RATE, recovery: CALM_RATE },
      request: (turn) => ({ url: stage.fleet.url + pathOfCalm(turn) }),
    },
  ];
  return {
    groups,
    begin: () => proxy.become({ kind: 'latency', latencyMs: LATENCY_MS }),
    end: () => proxy.become({ kind: 'none' }),
    isWell: async () => (await isWhole(stage, noisy)) && (await stage.ask(pathOfCalm(-1))).status === 200,
    judge: judged,
  };
}

function judged({ report }: Seen): readonly Finding[] {
  const noisy = report.of('fault', 'noisy');
  const calm = report.of('fault', 'calm');
  return [
    finding({
      id: 'noisy',
      law: 'The fault was one',
      holds: noisy.refused.count > 0,
      expected: 'requests to the noisy feed that are told to come again',
      measured: `${noisy.refused.count} of ${noisy.sent}`,
    }),
    noFailures(calm, { id: 'calm-feed', law: 'No request to another feed of the family fails' }),
    boundedWait(calm, {
      ...{ id: 'calm-wait', mostMs: CALM_LIMIT_MS },
      law: 'Nor does it wait for the noisy one',
    }),
  ];
}
