/** The laws of the design, as what was measured says of them. Pure. */
import type { GroupResult, LoadReport } from '@feedfleet/load';

import type { Finding, Phase } from './drill.ts';

const WATCHED = ['quiet', 'control', 'fault', 'mending', 'recovery'] as const satisfies readonly Phase[];
/** A generator that is so late has no processor, nor has what it asks: then being told to come again is no fault. */
const STARVED_MS = 50;
/** The share of requests that may be told so then. */
const STARVED_SHARE = 0.05;
const P99_RATIO = 1.25;
/** A quiet p99 of a few milliseconds is noise: so much may be added to it, in milliseconds. */
const P99_FLOOR_MS = 25;

type Judged = Omit<Finding, 'outcome'> & { readonly holds: boolean };

export function finding({ holds, ...rest }: Judged): Finding {
  return { ...rest, outcome: holds ? 'held' : 'broken' };
}

/** Law 1, by counts: the families that nothing was done to fail no request. */
export function isolation(report: LoadReport, others: readonly string[]): Finding {
  const sum = over(report, others);
  const isStarved = report.lag.quantileMs(0.99) > STARVED_MS;
  const tolerated = isStarved ? sum.sent * STARVED_SHARE : 0;
  const asked = others.filter((family) => over(report, [family]).sent > 0);
  return finding({
    id: 'isolation',
    law: 'The other families fail no request, before, during and after the fault',
    holds: sum.failed.count === 0 && sum.refused.count <= tolerated && asked.length === others.length,
    expected: `0 of ${sum.sent} requests to ${others.join(', ')}`,
    measured: `${sum.errors} (${reasons(sum)})${isStarved ? '; the generator itself had no processor' : ''}`,
  });
}

/** Law 1, by latency, within one run. */
export function undisturbed(report: LoadReport, others: readonly string[]): Finding {
  const quiet = report.sum('quiet', others);
  quiet.add(report.sum('control', others));
  const before = quiet.ok.quantileMs(0.99);
  const during = report.sum('fault', others).ok.quantileMs(0.99);
  const most = Math.max(before * P99_RATIO, before + P99_FLOOR_MS);
  return finding({
    id: 'undisturbed',
    law: `The other families are no slower: p99 within ${P99_RATIO} x quiet, or ${P99_FLOOR_MS} ms above it`,
    holds: during <= most,
    expected: `at most ${ms(most)} (quiet: ${ms(before)})`,
    measured: ms(during),
  });
}

export interface Bound {
  readonly id: string;
  readonly law: string;
  /** In milliseconds. */
  readonly mostMs: number;
}

/** Law 3: however a request ends, it ends in time. */
export function boundedWait(result: GroupResult, { id, law, mostMs }: Bound): Finding {
  const worst = Math.max(
    0,
    ...[result.ok, result.refused, result.failed].filter((each) => each.count > 0).map((each) => each.maxMs),
  );
  const hasEnded = result.sent > 0;
  const [expected, measured] = [`at most ${ms(mostMs)}`, hasEnded ? ms(worst) : 'nothing was asked'];
  return finding({ id, law, expected, measured, holds: hasEnded && worst <= mostMs });
}

export interface Counted {
  readonly id: string;
  readonly law: string;
}

/** No request of the group fails; being told to come again counts as failure unless `mayRefuse`. */
export function noFailures(
  result: GroupResult,
  { id, law, mayRefuse = false }: Counted & { readonly mayRefuse?: boolean },
): Finding {
  const bad = mayRefuse ? result.failed.count : result.errors;
  const holds = result.sent > 0 && bad === 0;
  return finding({ id, law, holds, expected: `0 of ${result.sent}`, measured: `${bad} (${reasons(result)})` });
}

/** After the fault all is as before, soon. */
export function recovery(recoveryMs: number | undefined, limitMs: number): Finding {
  return finding({
    id: 'recovery',
    law: 'All is as before soon after the fault is over',
    holds: recoveryMs !== undefined && recoveryMs <= limitMs,
    expected: `within ${ms(limitMs)}`,
    measured: recoveryMs === undefined ? 'never, as long as it was waited for' : ms(recoveryMs),
  });
}

/** The groups over all phases but the warm-up. */
export function over(report: LoadReport, groups: readonly string[], phases: readonly Phase[] = WATCHED): GroupResult {
  const sum = report.sum('none', groups);
  for (const phase of phases) sum.add(report.sum(phase, groups));
  return sum;
}

function reasons({ reasons: all }: GroupResult): string {
  const most = [...all].sort(([, left], [, right]) => right - left).slice(0, 4);
  return most.length === 0 ? 'none' : most.map(([reason, count]) => `${count} x ${reason}`).join(', ');
}

export function ms(value: number): string {
  if (Number.isNaN(value)) return '-';
  return value < 10_000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(1)} s`;
}
