/** What the day showed of each law, and whether the control brought the outage back. Pure. */
import type { Verdict } from '@feedfleet/load';

import { askedFor, mostAskedFor } from '../access-lines.ts';
import { latenciesOf } from '../latencies.ts';
import type { Latencies } from '../latencies.ts';
import { judged, latencyVerdict, ms, noFaults, notMeasured } from '../verdicts.ts';
import { OTHER_FAMILIES, PAIR, RING, STRANGERS, USERS } from './clients.ts';
import { DAY, QUIET, RECOVERED, TROUBLED } from './day.ts';
import type { DayForm, DayResult } from './run-day.ts';

const DEFAULT_TIMES = 2;
const OTHERS_TIMES = 1.25;
/** The control has the outage when so many requests are made for one query where one would do, */
const RUNAWAY_REQUESTS = 5;
/** and an ordinary request takes so large a part of what a source is waited for. */
const RUNAWAY_WAIT = 0.5;

const ALL_PHASES = DAY.map(({ phase }) => phase);
const all = (...groups: readonly string[]) => ({ phases: ALL_PHASES, groups });

export function quietAndTroubled(
  { report }: Pick<DayResult, 'report'>,
  groups: readonly string[],
): { readonly quiet: Latencies; readonly troubled: Latencies } {
  return {
    quiet: latenciesOf(report, { phases: [QUIET], groups }),
    troubled: latenciesOf(report, { phases: TROUBLED, groups }),
  };
}

/** One request for each other feed that is reachable, for every single query. */
function boundedWork(law: string, { lines }: DayResult, feeds: readonly string[]): Verdict {
  const wanted = feeds.length - 1;
  const { queries, requestsPerQuery } = askedFor(lines, pathsOf(feeds));
  const counts = [...requestsPerQuery].map(([requests, times]) => `${requests} for ${times}`);
  // Before the loop is configured, and after it is taken away, there is nobody else to ask.
  const isExact = [...requestsPerQuery.keys()].every((requests) => requests === wanted);
  return judged(law, queries > 0 && isExact, {
    expected: `${wanted} for each query`,
    measured: `of ${queries} queries: ${counts.join(', ')}`,
  });
}

const pathsOf = (feeds: readonly string[]): readonly string[] => feeds.map((feed) => `/F/${feed}/FindPackagesById`);

/** While requests are rerouted, another endpoint serves them. */
const TROUBLED_AT_HOME = TROUBLED.filter((phase) => phase !== 'rerouted');

/** @param isTimed - whether p99s are judged; on a machine that has other things to do they say nothing. */
export function lawsOf(result: DayResult, { limits }: DayForm, isTimed: boolean): readonly Verdict[] {
  const { report, pushes, feeds } = result;
  const everybody = latenciesOf(report, all(...USERS, PAIR, RING));
  return [
    noFaults(report, {
      law: 'Isolation: errors of the other families',
      asked: all(...OTHER_FAMILIES),
      expected: 'none',
    }),
    ...(isTimed
      ? [
          // Each by itself: a slow one would hide the others.
          ...OTHER_FAMILIES.map((family) =>
            latencyVerdict(report, {
              law: `Isolation: latency of ${family}`,
              ...{ groups: [family], times: OTHERS_TIMES, quiet: QUIET, troubled: TROUBLED },
            }),
          ),
          latencyVerdict(report, {
            law: 'The default endpoint: latency',
            ...{ groups: ['default'], times: DEFAULT_TIMES, quiet: QUIET, troubled: TROUBLED_AT_HOME },
          }),
        ]
      : []),
    noFaults(report, { law: 'The default endpoint: errors', asked: all('default'), expected: 'none' }),
    boundedWork('Bounded work: two feeds in a loop', result, feeds.pair),
    boundedWork('Bounded work: ten feeds, each referencing all', result, feeds.ring),
    judged('Bounded wait', everybody.maxMs < limits.clientMs, {
      expected: `nobody waits for ${limits.clientMs} ms`,
      measured: `the slowest of ${everybody.sent} requests took ${ms(everybody.maxMs)}`,
    }),
    notMeasured('Static stability', 'nothing was gone on that day; the other replay measures it'),
    noFaults(report, {
      law: 'No silent change of meaning',
      asked: all(PAIR, RING),
      expected: 'every answer has all of the feeds',
    }),
    judged('Durable', pushes.acknowledged > 0 && pushes.found >= pushes.acknowledged, {
      expected: 'every acknowledged push is found',
      measured: `${pushes.acknowledged} acknowledged, ${pushes.found} found`,
    }),
    noFaults(report, {
      law: 'Least privilege',
      asked: all(STRANGERS),
      expected: 'the private feed is refused to strangers, always',
    }),
    noFaults(report, {
      law: 'Recoverable',
      asked: { phases: [RECOVERED], groups: USERS },
      expected: 'no errors after the sources are disabled (no failover: one set of processes)',
    }),
  ];
}

/** Whether the control brought the outage back. */
export function outageOf({ report, lines, status, feeds }: DayResult, { limits }: DayForm): readonly Verdict[] {
  const requests = mostAskedFor(lines, pathsOf(feeds.pair));
  const { quiet, troubled } = quietAndTroubled({ report }, ['default']);
  const v2 = latenciesOf(report, { phases: TROUBLED, groups: ['v2'] });
  const wait = RUNAWAY_WAIT * limits.sourceMs;
  const isDown = status.said.filter(({ down }) => down.includes('default'));
  const tips = isDown.flatMap((said) => said.tips);
  return [
    judged('The default endpoint asks itself', requests >= RUNAWAY_REQUESTS, {
      expected: `${RUNAWAY_REQUESTS} requests or more for one query to two feeds in a loop`,
      measured: String(requests),
    }),
    judged('It brings itself down', quiet.p99Ms < wait && troubled.p99Ms >= wait, {
      expected: `an ordinary request takes ${wait} ms or longer (p99), and less while it was quiet`,
      measured: `p50 ${ms(troubled.p50Ms)}, p99 ${ms(troubled.p99Ms)}, quiet ${ms(quiet.p99Ms)}; ${troubled.errors} of ${troubled.sent} not answered`,
    }),
    // Both runs share the processors: the slowest of a few dozen say nothing.
    judged('It is a partial downtime', v2.sent > 0 && v2.errors === 0 && v2.p50Ms < wait, {
      expected: `v2 answers everybody meanwhile, half of them in less than ${wait} ms`,
      measured: `p50 ${ms(v2.p50Ms)}, p99 ${ms(v2.p99Ms)}, ${v2.errors} of ${v2.sent} not answered`,
    }),
    judged('The status page says so', isDown.length > 0, {
      expected: 'the default endpoint is down',
      measured: isDown.map(({ at, sentence }) => `${at} ${sentence}`)[0] ?? 'it did not',
    }),
    judged('The status page knows what works', tips.length > 0, {
      expected: 'a tip while the default endpoint is down',
      measured: tips[0] ?? 'none',
    }),
  ];
}
