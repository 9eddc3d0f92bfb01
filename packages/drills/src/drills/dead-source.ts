/** A foreign source that is gone: first connections are reset, then nothing comes back. */
import type { LoadAnswer } from '@feedfleet/load';
import { eventually } from '@feedfleet/throwaway-fleet';

import type { Drill, DrillGroup, Scene, Seen } from '../drill.ts';
import { BREAKER_NEVER_OPENS } from '../guards/cut-outs.ts';
import { boundedWait, finding, noFailures, over } from '../laws.ts';
import type { Stage } from '../stage.ts';
import { addForeignFeed, clientsOf, isWhole, openProxiedSource } from './foreign-scene.ts';

const TIMEOUT_MS = 500;
/** Beside the time limit of the source. */
const ALLOWANCE_MS = 1_500;
const RATE = 10;
const SEARCH_RATE = 40;
/** The share of the queries for which a dead source may still be asked. */
const ASKED_SHARE = 0.5;
const KNOWN_LIMIT_MS = 10_000;

export const deadSource: Drill = {
  name: 'dead-source',
  hypothesis:
    'When a foreign source is gone, feeds that need it say so in time and by name, feeds that can do without it leave it out and mark that, and it is hardly asked any more until it is back.',
  fault: 'Connections to the source are reset; halfway on they are taken, and nothing passes.',
  guard: {
    what: "the source's circuit breaker",
    off: 'the breaker never opens',
    law: 'asked-less',
    cutOut: BREAKER_NEVER_OPENS,
  },
  victims: [],
  fitsTarget: true,
  open,
};

async function open(stage: Stage): Promise<Scene> {
  const { source, proxy } = await openProxiedSource(stage);
  const common = { url: source.url, timeoutMs: TIMEOUT_MS };
  const needs = await addForeignFeed(stage, { ...common, part: 'needs', isRequired: true });
  const leaves = await addForeignFeed(stage, { ...common, part: 'leaves', isRequired: false });
  const isWell = async (): Promise<boolean> => (await isWhole(stage, needs)) && (await isWhole(stage, leaves));
  const what = 'the source is known';
  await eventually({ what, limitMs: KNOWN_LIMIT_MS }, async () => ((await isWell()) ? true : undefined));
  const rates = { quiet: RATE, control: RATE, fault: RATE, recovery: RATE };
  let asked = 0;
  let isDead = false;
  const seekers: DrillGroup = {
    name: 'seekers',
    rates: { quiet: RATE, control: RATE, fault: SEARCH_RATE, recovery: RATE },
    // Each asks for another id, which nobody has: so each question is a question to the source.
    request: (turn) => {
      const wasDead = isDead;
      const judge = ({ status }: LoadAnswer): string | undefined => {
        if (status !== 404) return `status ${status}`;
        return wasDead && isDead ? 'absent, though nobody can know' : undefined;
      };
      return { url: `${stage.fleet.url}/F/${needs.name}/api/v3/flat/drill.sought${turn}/index.json`, judge };
    },
  };
  return {
    groups: [clientsOf(stage, 'needs', needs, rates), clientsOf(stage, 'leaves', leaves, rates), seekers],
    begin: async () => {
      await proxy.become({ kind: 'reset', afterBytes: 0 });
      isDead = true;
      const before = proxy.accepted;
      await stage.pause(stage.faultMs / 2);
      await proxy.become({ kind: 'blackHole' });
      await stage.pause(stage.faultMs / 2);
      asked = proxy.accepted - before;
    },
    end: () => {
      isDead = false;
      return proxy.become({ kind: 'none' });
    },
    isWell,
    judge: (seen) => judged(seen, asked),
  };
}

function judged({ report }: Seen, asked: number): ReturnType<Scene['judge']> {
  const groups = ['needs', 'leaves', 'seekers'];
  const during = report.sum('fault', groups);
  const most = Math.floor(during.sent * ASKED_SHARE);
  return [
    noFailures(over(report, groups), {
      ...{ id: 'no-wrong-answer', mayRefuse: true },
      law: 'Every answer is whole, or says what is missing, or says when to come again',
    }),
    boundedWait(during, {
      ...{ id: 'bounded-wait', mostMs: TIMEOUT_MS + ALLOWANCE_MS },
      law: 'Nobody waits for much longer than the time limit of the source',
    }),
    noFailures(report.of('fault', 'leaves'), {
      id: 'left-out',
      law: 'A feed that can do without the source goes on without it',
    }),
    finding({
      id: 'asked-less',
      law: 'A source that is gone is asked for few of the queries',
      holds: during.sent > 0 && asked <= most,
      expected: `at most ${most} connections for ${during.sent} queries`,
      measured: `${asked} connections`,
    }),
  ];
}
