/** What a run showed of a law: held, broken, or not measured by it. Pure. */
import type { LoadReport, Verdict } from '@feedfleet/load';

import { faultsOf, latenciesOf } from './latencies.ts';
import type { LatencyQuestion } from './latencies.ts';

export function judged(law: string, isHeld: boolean, words: Pick<Verdict, 'expected' | 'measured'>): Verdict {
  return { law, outcome: isHeld ? 'held' : 'broken', ...words };
}

export function notMeasured(law: string, why: string): Verdict {
  return { law, outcome: 'not measured', expected: '', measured: why };
}

interface FaultLaw {
  readonly law: string;
  readonly asked: LatencyQuestion;
  readonly expected: string;
}

/** Held when everybody was answered as it should be. Where nobody asked, or nobody could have been served, nothing is measured. */
export function noFaults(report: LoadReport, { law, asked, expected }: FaultLaw): Verdict {
  const faults = faultsOf(report, asked);
  const { sent, errors } = latenciesOf(report, asked);
  if (sent === 0) return notMeasured(law, 'nobody asked');
  if (faults.length === 0 && errors > 0)
    return notMeasured(law, `${errors} of ${sent} were to come again while the generator itself had no processor`);
  return judged(law, faults.length === 0, { expected, measured: faults.join('; ') || `none of ${sent}` });
}

export interface LatencyLaw {
  readonly law: string;
  readonly groups: readonly string[];
  readonly quiet: string;
  readonly troubled: readonly string[];
  /** p99 in trouble is at most so many times the quiet one. */
  readonly times: number;
}

/** Differences below are those of schedulers and collectors on a machine that is shared, in milliseconds. */
const FLOOR_MS = 20;
/** A generator that starts requests so late had no processor, nor had what it asks. */
const STARVED_MS = 50;

/** The larger of a ratio and a difference: a quiet p99 of a few milliseconds doubles when anything else runs. */
export function latencyVerdict(report: LoadReport, { law, groups, quiet, troubled, times }: LatencyLaw): Verdict {
  const [before, during] = [[quiet], troubled].map((phases) => latenciesOf(report, { phases, groups }).p99Ms);
  const [quietMs, troubledMs, lateMs] = [before ?? NaN, during ?? NaN, report.lag.quantileMs(0.99)];
  const measured = `${ms(troubledMs)}, quiet ${ms(quietMs)} (${(troubledMs / quietMs).toFixed(2)} x)`;
  if (lateMs > STARVED_MS)
    return notMeasured(law, `${measured}, but the generator itself was ${ms(lateMs)} late (p99)`);
  return judged(law, troubledMs <= Math.max(times * quietMs, quietMs + FLOOR_MS), {
    expected: `p99 at most ${times} x quiet, or ${FLOOR_MS} ms more`,
    measured,
  });
}

export const ms = (value: number): string => (Number.isNaN(value) ? '-' : `${value.toFixed(value < 10 ? 1 : 0)} ms`);

/** Whether nothing was broken. */
export function isMet(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ outcome }) => outcome !== 'broken');
}
