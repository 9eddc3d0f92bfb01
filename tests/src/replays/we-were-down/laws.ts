/** What the day showed of each law, and whether the control brought the outage back. Pure. */
import type { LoadReport, Verdict } from '@feedfleet/load';

import { latenciesOf } from '../latencies.ts';
import { judged, latencyVerdict, ms, noFaults, notMeasured } from '../verdicts.ts';
import { FAMILIES, FILES, LOOKUPS, NEWCOMERS, PUSH, READERS, RESTORES, STOCK_FILES } from './clients.ts';
import { DAY, OUTAGE, QUIET, RECOVERED } from './day.ts';
import type { DayForm, DayResult } from './run-day.ts';

const TIMES = 1.25;
/** The control has the outage when so many of those fail who ask for what was served before. */
const OUTAGE_SHARE = 0.9;
/** So many connections to a source that is out, for each question about it, are too many. */
const CONNECTIONS_PER_QUESTION = 0.5;

/** After which a source that is back is asked again, in milliseconds. */
const RECOVERY_LIMIT_MS = 10_000;

const ALL_PHASES = DAY.map(({ phase }) => phase);
/** Who has to take no notice of the outage. */
const isSpared = (hasStorage: boolean) => (family: string) => !hasStorage || family !== PUSH;
const all = (...groups: readonly string[]) => ({ phases: ALL_PHASES, groups });
const out = (...groups: readonly string[]) => ({ phases: OUTAGE, groups });

interface RefusalLaw {
  readonly law: string;
  readonly group: string;
  /** Whose fault it is: a word in the reason. */
  readonly names: string;
}

/** Whoever cannot be served is told so at once, by whose fault, and when to come again. */
function clearRefusals(report: LoadReport, { law, group, names }: RefusalLaw): Verdict {
  const sum = report.sum('', []);
  for (const phase of OUTAGE) sum.add(report.of(phase, group));
  const reasons = [...sum.reasons.keys()];
  const isClear = sum.failed.count === 0 && sum.refused.count > 0 && reasons.every((reason) => reason.includes(names));
  return judged(law, isClear, {
    expected: `503 with Retry-After that names the ${names}`,
    measured: `${sum.refused.count} of ${sum.sent} refused: ${reasons.join(', ')}`,
  });
}

/** @param isTimed - whether p99s are judged; on a machine that has other things to do they say nothing. */
export function lawsOf(result: DayResult, { limits, hasStorage }: DayForm, isTimed: boolean): readonly Verdict[] {
  const { report, pushes, connections, recoveryMs } = result;
  const everybody = latenciesOf(report, all(...FAMILIES, ...READERS, NEWCOMERS));
  const questions = latenciesOf(report, out(RESTORES, LOOKUPS, FILES, NEWCOMERS)).sent;
  const most = Math.ceil(questions * CONNECTIONS_PER_QUESTION);
  return [
    noFaults(report, {
      law: 'Static stability: what was served before',
      asked: out(...READERS),
      expected: 'is served, all of it',
    }),
    clearRefusals(report, {
      law: 'Static stability: ids that were never asked for',
      group: NEWCOMERS,
      names: 'gallery',
    }),
    ...(hasStorage ? [clearRefusals(report, { law: 'Static stability: pushes', group: PUSH, names: 'storage' })] : []),
    noFaults(report, {
      law: 'No silent change of meaning',
      asked: all(RESTORES, LOOKUPS),
      expected: 'every answer has all versions',
    }),
    noFaults(report, {
      law: 'Isolation: errors of the families',
      asked: all(...FAMILIES.filter(isSpared(hasStorage))),
      expected: 'none',
    }),
    ...(isTimed
      ? [
          // Each by itself: a slow one would hide the others.
          ...FAMILIES.filter(isSpared(hasStorage)).map((family) =>
            latencyVerdict(report, {
              law: `Isolation: latency of ${family}`,
              ...{ groups: [family], times: TIMES, quiet: QUIET, troubled: OUTAGE },
            }),
          ),
        ]
      : []),
    judged('Bounded wait', everybody.maxMs < limits.clientMs, {
      expected: `nobody waits for ${limits.clientMs} ms`,
      measured: `the slowest of ${everybody.sent} requests took ${ms(everybody.maxMs)}`,
    }),
    judged('Bounded work: a source that is out is left alone', connections <= most, {
      expected: `at most ${most} connections for ${questions} questions`,
      measured: `${connections}`,
    }),
    judged('Durable', pushes.acknowledged > 0 && pushes.found >= pushes.acknowledged, {
      expected: 'every acknowledged push is found',
      measured: `${pushes.acknowledged} acknowledged, ${pushes.found} found`,
    }),
    notMeasured('Least privilege', 'the other replay measures it'),
    judged('Recoverable: without a restart', recoveryMs <= RECOVERY_LIMIT_MS, {
      expected: `within ${RECOVERY_LIMIT_MS} ms of the renewal`,
      measured: ms(recoveryMs),
    }),
    noFaults(report, {
      law: 'Recoverable: errors',
      asked: { phases: [RECOVERED], groups: [...FAMILIES, ...READERS, NEWCOMERS] },
      expected: 'none from then on',
    }),
  ];
}

/** Whether the control brought the outage back. */
export function outageOf(result: DayResult, { hasStorage }: DayForm): readonly Verdict[] {
  const { sent, errors: failed } = latenciesOf(
    result.report,
    out(RESTORES, LOOKUPS, FILES, ...(hasStorage ? [STOCK_FILES] : [])),
  );
  return [
    judged('Readers fail for the outage', failed >= OUTAGE_SHARE * sent, {
      expected: `${100 * OUTAGE_SHARE} % of those who ask for what was served before`,
      measured: `${failed} of ${sent}`,
    }),
  ];
}
