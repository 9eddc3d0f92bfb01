/** A foreign source that takes its time. */
import { eventually } from '@feedfleet/throwaway-fleet';

import type { Drill, Scene, Seen } from '../drill.ts';
import { boundedWait, noFailures, over } from '../laws.ts';
import type { Stage } from '../stage.ts';
import { addForeignFeed, clientsOf, isWhole, openProxiedSource } from './foreign-scene.ts';

const LATENCY_MS = 3_000;
const TIMEOUT_MS = 500;
const NO_TIMEOUT_MS = 60_000;
/** Beside the time limit of the source. */
const ALLOWANCE_MS = 1_500;
const RATE = 10;
const KNOWN_LIMIT_MS = 10_000;

export const slowSource: Drill = {
  name: 'slow-source',
  hypothesis:
    'When a foreign source takes seconds for everything, its feeds give up on it in time and say so, and other feeds of the same family are as fast as ever.',
  fault: `Everything between the fleet and the source takes ${LATENCY_MS} ms longer, each way.`,
  guard: {
    what: 'the time limit of the source',
    off: `the limit is ${NO_TIMEOUT_MS} ms`,
    law: 'bounded-wait',
  },
  victims: [],
  fitsTarget: true,
  open,
};

async function open(stage: Stage): Promise<Scene> {
  const { source, proxy } = await openProxiedSource(stage);
  const timeoutMs = stage.isGuarded ? TIMEOUT_MS : NO_TIMEOUT_MS;
  const needs = await addForeignFeed(stage, { part: 'needs', url: source.url, isRequired: true, timeoutMs });
  const isWell = (): Promise<boolean> => isWhole(stage, needs);
  const what = 'the source is known';
  await eventually({ what, limitMs: KNOWN_LIMIT_MS }, async () => ((await isWell()) ? true : undefined));
  return {
    groups: [clientsOf(stage, 'needs', needs, { quiet: RATE, control: RATE, fault: RATE, recovery: RATE })],
    begin: () => proxy.become({ kind: 'latency', latencyMs: LATENCY_MS }),
    end: () => proxy.become({ kind: 'none' }),
    isWell,
    judge: judged,
  };
}

function judged({ report }: Seen): ReturnType<Scene['judge']> {
  return [
    noFailures(over(report, ['needs']), {
      ...{ id: 'no-wrong-answer', mayRefuse: true },
      law: 'Every answer is whole, or says when to come again',
    }),
    boundedWait(report.of('fault', 'needs'), {
      ...{ id: 'bounded-wait', mostMs: TIMEOUT_MS + ALLOWANCE_MS },
      law: 'Nobody waits for much longer than the time limit of the source',
    }),
  ];
}
