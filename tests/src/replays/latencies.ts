/** Latencies of everything that was asked, however it was answered: whoever waits for a failure waits, too. */
import type { LoadReport } from '@feedfleet/load';

export interface Latencies {
  readonly sent: number;
  /** Not answered as it should have been: refused, failed, or late. */
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface LatencyQuestion {
  readonly phases: readonly string[];
  readonly groups: readonly string[];
}

export function latenciesOf(report: LoadReport, { phases, groups }: LatencyQuestion): Latencies {
  const sum = report.sum('', []);
  for (const phase of phases) sum.add(report.sum(phase, groups));
  const { sent, errors, ok: every } = sum;
  every.add(sum.refused);
  every.add(sum.failed);
  return { sent, errors, p50Ms: every.quantileMs(0.5), p99Ms: every.quantileMs(0.99), maxMs: every.maxMs };
}

/** What went wrong in any of the groups, by the judgement of the report; empty for nothing. */
export function faultsOf(report: LoadReport, { phases, groups }: LatencyQuestion): readonly string[] {
  return phases.flatMap((phase) =>
    groups.flatMap((group) => {
      const faults = report.faults(phase, group);
      return faults === '' ? [] : [`${group}, ${phase}: ${faults}`];
    }),
  );
}
