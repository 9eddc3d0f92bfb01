/**
 * Whether one run is better or worse than another, or the same within noise. Pure.
 *
 * The noise of a figure is how much it differs from second to second within a run: a difference counts when it is larger than three standard
 * errors of both runs together, than a tenth, than how late the generators were, and than a floor below which a shared machine cannot be told from
 * a change. For the 99th percentile whole seconds are drawn again, for shares of errors it is the binomial error.
 *
 * Source: standard error of a median from the median absolute deviation (P. J. Rousseeuw, C. Croux, "Alternatives to the Median Absolute
 * Deviation", section 1: factor 1.4826; the median of n is worse than the mean by the factor 1.2533).
 */
import { percentileError } from './percentile-noise.ts';
import { percentileMs } from './run-document.ts';
import type { RunDocument, RunFigures, RunGroupPhase, RunSecond } from './run-document.ts';
import { latency } from './words.ts';
import { measuredPhases, wasStarved } from './measured-phases.ts';

export type Change = 'better' | 'worse' | 'within noise';

export interface ComparedFigure {
  readonly group: string;
  readonly phase: string;
  readonly figure: 'median' | '99th percentile' | 'errors';
  /** Milliseconds, or a share of the requests. */
  readonly before: number;
  readonly after: number;
  /** Smallest difference that counts, in the unit of the figure. */
  readonly noise: number;
  readonly change: Change;
}

export interface Comparison {
  /** In what the runs differ beside time, and what else makes the figures say less. */
  readonly differences: readonly string[];
  readonly figures: readonly ComparedFigure[];
  /** Phases of groups in which one of the runs sent nothing. */
  readonly alone: readonly string[];
}

const ERRORS = 3;
const LEAST_SHARE = 0.1;
const FLOOR_MS: Readonly<Record<'median' | '99th percentile', number>> = { median: 1, '99th percentile': 3 };
const ERROR_FLOOR = 0.001;
const MAD_TO_SIGMA = 1.4826;
const MEDIAN_EFFICIENCY = 1.2533;

export function compareRuns(before: RunDocument, after: RunDocument): Comparison {
  const groups = (document: RunDocument): readonly RunFigures[] => [document.total, ...document.groups];
  const pairs = groups(before).flatMap((left) => {
    const right = groups(after).find(({ name }) => name === left.name);
    return right === undefined ? [] : [{ left, right }];
  });
  const figures = pairs.flatMap(({ left, right }) =>
    measuredPhases(left).flatMap((phase) => {
      const other = right.phases.find(({ name }) => name === phase.name);
      if (other === undefined || phase.sent === 0 || other.sent === 0) return [];
      const of = (document: RunDocument, side: RunFigures): readonly RunSecond[] =>
        secondsIn(document, side, phase.name);
      return comparedPhase(
        left.name,
        { phase, seconds: of(before, left), generator: before.generator },
        { phase: other, seconds: of(after, right), generator: after.generator },
      );
    }),
  );
  return { differences: differencesOf(before, after), figures, alone: aloneIn(before, after) };
}

/** What got worse by more than so many percent, beyond noise; errors count as soon as they are beyond noise. */
export function regressionsOf({ figures }: Comparison, boundPercent: number): readonly ComparedFigure[] {
  return figures.filter(
    ({ change, figure, before, after }) =>
      change === 'worse' && (figure === 'errors' || after > before * (1 + boundPercent / 100)),
  );
}

interface Side {
  readonly phase: RunGroupPhase;
  readonly seconds: readonly RunSecond[];
  readonly generator: RunDocument['generator'];
}

function comparedPhase(group: string, before: Side, after: Side): readonly ComparedFigure[] {
  const about = { group, phase: before.phase.name };
  const compared = (
    figure: 'median' | '99th percentile',
    share: number,
    errorOf: (seconds: readonly RunSecond[]) => number,
    lateOf: (generator: RunDocument['generator']) => number | null,
  ): readonly ComparedFigure[] => {
    const [left, right] = [percentileMs(before.phase, share), percentileMs(after.phase, share)];
    if (left === null || right === null) return [];
    const error = Math.hypot(errorOf(before.seconds), errorOf(after.seconds));
    const late = Math.max(lateOf(before.generator) ?? 0, lateOf(after.generator) ?? 0);
    const noise = Math.max(ERRORS * error, LEAST_SHARE * Math.min(left, right), late, FLOOR_MS[figure]);
    return [{ ...about, figure, before: left, after: right, noise, change: changeOf(left, right, noise) }];
  };
  return [
    ...compared('median', 0.5, medianError, ({ lateP50Ms }) => lateP50Ms),
    ...compared('99th percentile', 0.99, percentileError, ({ lateP99Ms }) => lateP99Ms),
    comparedErrors(about, before.phase, after.phase),
  ];
}

function comparedErrors(
  about: Pick<ComparedFigure, 'group' | 'phase'>,
  before: RunGroupPhase,
  after: RunGroupPhase,
): ComparedFigure {
  const shareOf = ({ sent, refused, failed }: RunGroupPhase): number => (refused + failed) / sent;
  const [left, right] = [shareOf(before), shareOf(after)];
  const pooled = (left * before.sent + right * after.sent) / (before.sent + after.sent);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / before.sent + 1 / after.sent));
  const noise = Math.max(ERRORS * error, ERROR_FLOOR);
  return { ...about, figure: 'errors', before: left, after: right, noise, change: changeOf(left, right, noise) };
}

function changeOf(before: number, after: number, noise: number): Change {
  if (Math.abs(after - before) <= noise) return 'within noise';
  return after > before ? 'worse' : 'better';
}

/** Of the median of the seconds; 0 for fewer than three, for which the other bounds have to do. */
function medianError(seconds: readonly RunSecond[]): number {
  const known = seconds.map(({ p50Ms }) => p50Ms).filter((figure) => figure !== null);
  if (known.length < 3) return 0;
  const middle = medianOf(known);
  const spread = MAD_TO_SIGMA * medianOf(known.map((figure) => Math.abs(figure - middle)));
  return (MEDIAN_EFFICIENCY * spread) / Math.sqrt(known.length);
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return ((low ?? 0) + (high ?? 0)) / 2;
}

function secondsIn({ phases }: RunDocument, { series }: RunFigures, phase: string): readonly RunSecond[] {
  const times = phases.filter(({ name }) => name === phase);
  return series.filter(({ atMs }) => times.some(({ startMs, endMs }) => atMs >= startMs && atMs + 1000 <= endMs));
}

function differencesOf(before: RunDocument, after: RunDocument): readonly string[] {
  const settings = (document: RunDocument): RunDocument['settings'] => ({
    ...document.settings,
    processors: document.machine.cores,
  });
  const [left, right] = [settings(before), settings(after)];
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [
    ...[...names]
      .filter((name) => left[name] !== right[name])
      .map((name) => `${name}: ${String(left[name])} and ${String(right[name])}`),
    ...Object.entries({ A: before, B: after })
      .filter(([, document]) => wasStarved(document))
      .map(
        ([name, { generator }]) =>
          `the generator of ${name} lacked a processor: late by ${latency(generator.lateP99Ms)} (p99)`,
      ),
  ];
}

function aloneIn(before: RunDocument, after: RunDocument): readonly string[] {
  const names = ({ groups }: RunDocument): readonly string[] =>
    groups.flatMap((group) =>
      measuredPhases(group)
        .filter(({ sent }) => sent > 0)
        .map((phase) => `${group.name}, ${phase.name}`),
    );
  const [left, right] = [new Set(names(before)), new Set(names(after))];
  return [...left, ...right].filter((name) => left.has(name) !== right.has(name));
}
