/** A comparison of two runs, as a page and as lines. Pure. */
import { paragraph, section, table } from './blocks.ts';
import type { Tone } from './blocks.ts';
import type { Change, ComparedFigure, Comparison } from './compare-runs.ts';
import { renderPage } from './page.ts';
import { plotOverTime, plotPercentiles } from './plots.ts';
import { measuredPhases } from './measured-phases.ts';
import type { RunDocument } from './run-document.ts';
import { latency, percent, trimmed } from './words.ts';

const TONES: Readonly<Record<Change, Tone | undefined>> = { better: 'good', worse: 'bad', 'within noise': undefined };

/** For example `2 better, 1 worse, 30 within noise`. */
export function comparisonSentence({ figures }: Comparison): string {
  const of = (change: Change): number => figures.filter((figure) => figure.change === change).length;
  return `${of('better')} better, ${of('worse')} worse, ${of('within noise')} within noise`;
}

/** In the order of the columns `Group`, `Phase`, `Figure`, `A`, `B`, `Change`, `Verdict`. */
export function comparisonRow({ group, phase, figure, before, after, change }: ComparedFigure): readonly string[] {
  const shown = (value: number): string => (figure === 'errors' ? percent(value) : latency(value));
  const by = before > 0 ? `${after >= before ? '+' : ''}${trimmed((after / before - 1) * 100, 0)} %` : '';
  return [group, phase, figure, shown(before), shown(after), by, change];
}

export const COMPARISON_HEADER = ['Group', 'Phase', 'Figure', 'A', 'B', 'Change', 'Verdict'] as const;

export function renderComparisonPage(before: RunDocument, after: RunDocument, comparison: Comparison): string {
  const { differences, figures, alone } = comparison;
  const rows = figures.map((figure) => [
    ...comparisonRow(figure).slice(0, -1),
    { text: figure.change, tone: TONES[figure.change] },
  ]);
  const each = (of: (document: RunDocument) => RunDocument['total']) => [
    { name: 'A', figures: of(before) },
    { name: 'B', figures: of(after) },
  ];
  const totals = each(({ total }) => total);
  const curves = totals.flatMap(({ name, figures: own }) =>
    measuredPhases(own).map(({ name: phase, percentiles }) => ({ name: `${name}, ${phase}`, percentiles })),
  );
  return renderPage({
    title: `Compared: ${after.title}`,
    sentence: `${comparisonSentence(comparison)}.`,
    sections: [
      section(
        'What changed',
        paragraph(`A: ${before.target}, ${before.startedAt}. B: ${after.target}, ${after.startedAt}.`),
        ...(differences.length === 0 ? [] : [paragraph(`Read with care: ${differences.join('; ')}.`)]),
        table({ header: [...COMPARISON_HEADER], figures: [3, 4, 5], rows }),
        ...(alone.length === 0 ? [] : [paragraph(`In one of the runs only: ${alone.join('; ')}.`)]),
      ),
      section(
        'Latency',
        plotOverTime({
          title: '99th percentile of each second',
          unit: 'ms',
          scale: 'logarithmic',
          lines: totals.map(({ name, figures: own }) => ({
            name,
            points: own.series.map(({ atMs, p99Ms }) => ({ atMs, value: p99Ms })),
          })),
          phases: after.phases,
        }),
        plotPercentiles({ title: 'By percentile', lines: curves.filter(({ percentiles }) => percentiles.length > 0) }),
      ),
    ],
  });
}
