/** What happens in a run right now, in a few lines. Pure. */
import type { LoadReport } from '../load-report.ts';
import type { SecondFigures, SecondSeries } from '../report/second-series.ts';
import { bytes, count, instant, latency, trimmed } from '../report/words.ts';

export interface LiveState {
  readonly title: string;
  readonly target: string;
  readonly report: LoadReport;
  readonly elapsedMs: number;
  /** What was planned. */
  readonly totalMs: number;
  readonly processes: ReadonlyMap<string, { readonly cpu: number; readonly memoryBytes: number }>;
}

/** Whole seconds that are shown together. */
const WINDOW = 5;
const NAME_WIDTH = 34;
const WIDTH = 10;
const MOST_PROCESSES = 12;
const MOST_REASONS = 3;

type Window = Readonly<SecondFigures>;

/** @returns lines without line ends, the same number for the same run. */
export function liveLines(state: LiveState): readonly string[] {
  const { report } = state;
  const rows = report.groups.map(({ name }) => rowOf(name, windowOf(report.secondsOf(name), state.elapsedMs)));
  return [
    `${state.title} -> ${state.target}`,
    `phase ${phaseOf(report)}, ${instant(Math.min(state.elapsedMs, state.totalMs))} of ${instant(state.totalMs)}`,
    row(`the last ${WINDOW} s`, ['sent', 'ok', 'refused', 'failed', 'p50', 'p99', 'slowest']),
    ...rows,
    rowOf('all', windowOf(report.totalSeconds, state.elapsedMs)),
    `errors so far: ${reasonsOf(report)}`,
    ...processLine(state),
  ];
}

/** One line, for where nothing is redrawn. */
export function plainLine({ report, elapsedMs, totalMs }: LiveState): string {
  const { sent, refused, failed, p50Ms, p99Ms } = windowOf(report.totalSeconds, elapsedMs);
  return (
    `${instant(Math.min(elapsedMs, totalMs))} of ${instant(totalMs)}, ${phaseOf(report)}: ${trimmed(sent / WINDOW, 1)}/s, ` +
    `${count(refused)} refused, ${count(failed)} failed, p50 ${latency(p50Ms)}, p99 ${latency(p99Ms)}`
  );
}

function windowOf(series: SecondSeries, elapsedMs: number): Window {
  const end = Math.floor(elapsedMs / 1000);
  const rows = series.rows().filter(([second]) => second >= end - WINDOW && second < end);
  const sum: SecondFigures = {
    sent: 0,
    ok: 0,
    refused: 0,
    failed: 0,
    p50Ms: null,
    p95Ms: null,
    p99Ms: null,
    maxMs: null,
  };
  const medians: number[] = [];
  for (const [, figures] of rows) {
    for (const each of ['sent', 'ok', 'refused', 'failed'] as const) sum[each] += figures[each];
    for (const each of ['p95Ms', 'p99Ms', 'maxMs'] as const) sum[each] = larger(sum[each], figures[each]);
    if (figures.p50Ms !== null) medians.push(figures.p50Ms);
  }
  medians.sort((left, right) => left - right);
  return { ...sum, p50Ms: medians[Math.floor(medians.length / 2)] ?? null };
}

function rowOf(name: string, { sent, ok, refused, failed, p50Ms, p99Ms, maxMs }: Window): string {
  return row(name, [
    count(sent),
    count(ok),
    count(refused),
    count(failed),
    latency(p50Ms),
    latency(p99Ms),
    latency(maxMs),
  ]);
}

function row(name: string, cells: readonly string[]): string {
  const shown = name.length > NAME_WIDTH ? `${name.slice(0, NAME_WIDTH - 3)}...` : name.padEnd(NAME_WIDTH);
  return shown + cells.map((cell) => cell.padStart(WIDTH)).join('');
}

function phaseOf({ phases }: LoadReport): string {
  return phases.at(-1)?.name ?? '';
}

function reasonsOf(report: LoadReport): string {
  const all = new Map<string, number>();
  for (const phase of new Set(report.phases.map(({ name }) => name))) {
    for (const [reason, times] of report.sum(
      phase,
      report.groups.map(({ name }) => name),
    ).reasons) {
      all.set(reason, (all.get(reason) ?? 0) + times);
    }
  }
  const sorted = [...all].sort(([, left], [, right]) => right - left).slice(0, MOST_REASONS);
  return sorted.length === 0
    ? 'none'
    : sorted.map(([reason, times]) => `${count(times)} x ${reason.slice(0, 60)}`).join(', ');
}

function processLine({ processes }: LiveState): readonly string[] {
  if (processes.size === 0) return [];
  const shown = [...processes]
    .sort(([, left], [, right]) => right.cpu - left.cpu)
    .slice(0, MOST_PROCESSES)
    .map(([name, { cpu, memoryBytes }]) => `${name} ${trimmed(cpu, 2)} ${bytes(memoryBytes)}`);
  return [`processors and memory: ${shown.join(', ')}`];
}

function larger(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.max(left, right);
}
