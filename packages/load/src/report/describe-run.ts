/** A run as a document. Pure but for the figures of the machine, which the caller passes in. */
import type { LatencyHistogram } from '../latency-histogram.ts';
import type { GroupResult, LoadReport, ReportedGroup } from '../load-report.ts';
import type { RunDocument, RunFigures, RunGroupPhase, RunProcess, RunSecond, Verdict } from './run-document.ts';
import type { SecondSeries } from './second-series.ts';

export interface RunDescription {
  readonly title: string;
  /** What was run, in a sentence or two. */
  readonly description?: string;
  /** URL, without secrets. */
  readonly target: string;
  readonly settings?: RunDocument['settings'];
  readonly machine: RunDocument['machine'];
  readonly processes?: readonly RunProcess[];
  readonly verdicts?: readonly Verdict[];
}

const SHARES = [0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 0.9995, 0.9999, 1] as const;
/** Latencies are kept to the microsecond. */
const DIGITS = 1000;

/** @param report - of a run that has ended. */
export function describeRun(report: LoadReport, about: RunDescription): RunDocument {
  const phases = phasesOf(report);
  return {
    reportVersion: 1,
    title: about.title,
    description: about.description ?? '',
    startedAt: report.startedAt.toISOString(),
    target: about.target,
    settings: about.settings ?? {},
    machine: about.machine,
    generator: latenessOf(report.lag),
    phases,
    ...figuresOf(report),
    processes: about.processes ?? [],
    marks: report.marks.map(({ atMs, text }) => ({ atMs: rounded(atMs), text })),
    verdicts: about.verdicts ?? [],
  };
}

function latenessOf(lag: LatencyHistogram): RunDocument['generator'] {
  if (lag.count === 0) return { lateP50Ms: null, lateP99Ms: null, lateMaxMs: null };
  const [lateP50Ms, lateP99Ms] = lag.quantilesMs([0.5, 0.99]);
  return { lateP50Ms: rounded(lateP50Ms), lateP99Ms: rounded(lateP99Ms), lateMaxMs: rounded(lag.maxMs) };
}

function figuresOf(report: LoadReport): Pick<RunDocument, 'total' | 'families' | 'groups'> {
  const figures = (name: string, seconds: SecondSeries, groups: readonly ReportedGroup[]): RunFigures => ({
    name,
    series: seriesOf(seconds),
    phases: [...new Set(report.phases.map((phase) => phase.name))].map((phase) =>
      groupPhaseOf(
        phase,
        report.sum(
          phase,
          groups.map((group) => group.name),
        ),
      ),
    ),
  });
  return {
    total: figures('all', report.totalSeconds, report.groups),
    families: report.families.map((family) =>
      figures(
        family,
        report.secondsOfFamily(family),
        report.groups.filter((group) => group.family === family),
      ),
    ),
    groups: report.groups.map((group) => ({
      ...figures(group.name, report.secondsOf(group.name), [group]),
      ...(group.family === undefined ? {} : { family: group.family }),
    })),
  };
}

/** A phase ends where the next one begins, the last one with the run. */
function phasesOf({ phases, endMs }: LoadReport): RunDocument['phases'] {
  return phases.map(({ name, startMs }, place) => ({
    name,
    startMs: rounded(startMs),
    endMs: rounded(phases[place + 1]?.startMs ?? endMs),
  }));
}

function seriesOf(seconds: SecondSeries): readonly RunSecond[] {
  return seconds.rows().map(([second, { p50Ms, p95Ms, p99Ms, maxMs, ...counts }]) => ({
    atMs: second * 1000,
    ...counts,
    p50Ms: roundedOrNull(p50Ms),
    p95Ms: roundedOrNull(p95Ms),
    p99Ms: roundedOrNull(p99Ms),
    maxMs: roundedOrNull(maxMs),
  }));
}

function groupPhaseOf(name: string, { sent, ok, refused, failed, reasons }: GroupResult): RunGroupPhase {
  return {
    name,
    sent,
    ok: ok.count,
    refused: refused.count,
    failed: failed.count,
    percentiles: percentilesOf(ok),
    reasons: [...reasons]
      .map(([reason, count]) => ({ reason, count }))
      .sort((left, right) => right.count - left.count)
      .slice(0, 1000),
  };
}

function percentilesOf(histogram: LatencyHistogram): RunGroupPhase['percentiles'] {
  if (histogram.count === 0) return [];
  const found = histogram.quantilesMs(SHARES);
  return SHARES.map((share, place) => ({ share, ms: rounded(found[place] ?? histogram.maxMs) }));
}

const rounded = (ms: number): number => Math.round(ms * DIGITS) / DIGITS;
const roundedOrNull = (ms: number | null): number | null => (ms === null ? null : rounded(ms));
