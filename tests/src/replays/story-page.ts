/** A day as a page: what `storyText` tells, and how latency, processors and memory went in both runs. Pure. */
import { paragraph, plotOverTime, renderPage, section, table, timeline, verdictList } from '@feedfleet/load';
import type { PlotLine, RunDocument } from '@feedfleet/load';

import type { ReplayClock } from './replay-clock.ts';
import type { BothRuns, Story, ToldTable } from './story.ts';

export interface StoryPage {
  readonly story: Story;
  readonly runs: BothRuns<RunDocument>;
  readonly clock: Pick<ReplayClock, 'timeAt'>;
  /** The phase with which the day begins. */
  readonly first: string;
  /** Groups of clients whose latency is shown over time. */
  readonly plotted: readonly string[];
}

type Parts = Parameters<typeof renderPage>[0]['sections'];

export function storyPage(page: StoryPage): string {
  const { story } = page;
  const { heads, rows } = story.timeline;
  return renderPage({
    ...{ title: story.title, sentence: story.sentence },
    sections: [
      section('The laws', verdictList(story.laws), ...story.notes.map(paragraph)),
      section(
        'The day',
        timeline({
          columns: heads.slice(1).map(({ title }) => title),
          rows: rows.map(([at = '', ...cells]) => ({ at, cells })),
        }),
      ),
      section('Latency', ...page.plotted.map((group) => latencyPlot(page, group)), tableOf(story.figures)),
      section('Down, as the status page counts it', tableOf(story.downtime)),
      section('Whether the control had the outage', verdictList(story.outage)),
      section('Processes', ...processPlots(page)),
    ],
  });
}

const tableOf = ({ heads, rows }: ToldTable): Parts[number] => table({ header: heads.map(({ title }) => title), rows });

/** When the day began, in milliseconds of the run. */
const beginningOf = ({ phases }: RunDocument, first: string): number =>
  phases.find(({ name }) => name === first)?.startMs ?? 0;

/** From the beginning of the day on. */
function shifted(line: PlotLine, beginMs: number): PlotLine {
  const points = line.points.map(({ atMs, value }) => ({ atMs: atMs - beginMs, value }));
  return { ...line, points: points.filter(({ atMs }) => atMs >= 0) };
}

function latencyPlot({ runs, clock, first }: StoryPage, group: string): Parts[number] {
  const lineOf = (name: string, document: RunDocument): PlotLine => {
    const series = document.groups.find((each) => each.name === group)?.series ?? [];
    const points = series.map(({ atMs, p99Ms }) => ({ atMs, value: p99Ms }));
    return shifted({ name, points }, beginningOf(document, first));
  };
  return plotOverTime({
    title: `${group}: 99th percentile of each second, of what was answered`,
    ...{ unit: 'ms', scale: 'logarithmic', timeOf: (atMs) => clock.timeAt(atMs) },
    phases: shiftedPhases(runs.product, first),
    lines: [lineOf('now', runs.product), lineOf('control', runs.control)],
  });
}

function shiftedPhases(document: RunDocument, first: string): RunDocument['phases'] {
  const beginMs = beginningOf(document, first);
  return document.phases
    .filter(({ startMs }) => startMs >= beginMs)
    .map(({ name, startMs, endMs }) => ({ name, startMs: startMs - beginMs, endMs: endMs - beginMs }));
}

function processPlots({ runs, clock, first }: StoryPage): Parts {
  const figures = [
    { figure: 'Processors in use', unit: 'processors', of: (sample: Sample) => sample.cpu },
    { figure: 'Memory', unit: 'bytes', of: (sample: Sample) => sample.memoryBytes },
  ] as const;
  return (['product', 'control'] as const).flatMap((run) =>
    figures.map(({ figure, unit, of }) =>
      plotOverTime({
        title: `${figure}: ${run === 'product' ? 'now' : 'control'}`,
        ...{ unit, timeOf: (atMs) => clock.timeAt(atMs) },
        lines: runs[run].processes.map(({ name, samples }) => {
          const points = samples.map((sample) => ({ atMs: sample.atMs, value: of(sample) }));
          return shifted({ name, points }, beginningOf(runs[run], first));
        }),
      }),
    ),
  );
}

type Sample = RunDocument['processes'][number]['samples'][number];
