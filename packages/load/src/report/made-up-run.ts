/** For tests: runs whose requests are given, without a server and without a clock. */
import { LoadReport } from '../load-report.ts';
import { describeRun } from './describe-run.ts';
import type { RunDescription } from './describe-run.ts';
import type { RunDocument } from './run-document.ts';

export interface MadeUpGroup {
  readonly name: string;
  readonly family?: string;
  /** Of its request of that turn. @returns milliseconds, or the reason of a failure or refusal. */
  readonly latencyOf: (
    turn: number,
    second: number,
  ) => number | { readonly refused: string } | { readonly failed: string };
}

export interface MadeUpRun {
  readonly groups: readonly MadeUpGroup[];
  /** Each so many seconds long. */
  readonly phases: readonly (readonly [name: string, seconds: number])[];
  /** Of each group. Default 100. */
  readonly perSecond?: number;
  readonly about?: Partial<RunDescription>;
}

const ABOUT: RunDescription = {
  title: 'Made up',
  target: 'http://127.0.0.1:1/F/acme',
  machine: { cores: 2, loadAverage: 0.5, node: 'v24.0.0' },
};

export function madeUpReport({ groups, phases, perSecond = 100 }: MadeUpRun): LoadReport {
  const report = new LoadReport(groups.map(({ name, family }) => ({ name, family })));
  let second = 0;
  for (const [phase, seconds] of phases) {
    report.phases.push({ name: phase, startMs: second * 1000 });
    for (const end = second + seconds; second < end; second += 1) {
      for (const group of groups)
        for (let turn = 0; turn < perSecond; turn += 1) count(report, phase, group, second, turn / perSecond);
    }
  }
  report.endMs = second * 1000;
  return report;
}

export function madeUpRun(run: MadeUpRun): RunDocument {
  return describeRun(madeUpReport(run), { ...ABOUT, ...run.about });
}

function count(
  report: LoadReport,
  phase: string,
  { name, latencyOf }: MadeUpGroup,
  second: number,
  part: number,
): void {
  const atMs = (second + part) * 1000;
  const result = report.of(phase, name);
  result.start();
  report.start(name, atMs);
  report.lag.record(0.1);
  const found = latencyOf(Math.round(part * 1e6), second);
  const latencyMs = typeof found === 'number' ? found : 1;
  const outcome =
    typeof found === 'number'
      ? ({ outcome: 'ok' } as const)
      : 'refused' in found
        ? ({ outcome: 'refused', reason: found.refused } as const)
        : ({ outcome: 'failed', reason: found.failed } as const);
  result.end(outcome, latencyMs);
  report.end(name, atMs, outcome, latencyMs);
}
