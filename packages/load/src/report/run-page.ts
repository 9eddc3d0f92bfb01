/** The report of a run for people, out of its document. Pure. */
import type { Markup } from '@feedfleet/xml-text';

import { heading, paragraph, section, table, tiles, verdictList } from './blocks.ts';
import type { Table } from './blocks.ts';
import { measuredPhases, wasStarved } from './measured-phases.ts';
import { renderPage } from './page.ts';
import { plotOverTime, plotPercentiles } from './plots.ts';
import { percentileMs } from './run-document.ts';
import type { RunDocument, RunFigures, RunGroupPhase, RunSecond } from './run-document.ts';
import { count, instant, latency, percent, trimmed } from './words.ts';

/** Of a plot: more lines are told by the tables alone. */
const MOST_LINES = 16;
const MOST_REASONS = 50;

export function renderRunPage(document: RunDocument): string {
  return renderPage({
    title: document.title,
    sentence: document.description,
    sections: runSections(document),
    footer: footerOf(document),
  });
}

/** For reports that tell more than the run. */
export function runSections(document: RunDocument): readonly Markup[] {
  return [
    summary(document),
    ...(document.verdicts.length === 0 ? [] : [section('Verdict', verdictList(document.verdicts))]),
    latencySection(document),
    requestsSection(document),
    figuresSection(document),
    ...(document.processes.length === 0 ? [] : [processSection(document)]),
    settingsSection(document),
  ];
}

function summary(document: RunDocument): Markup {
  const phases = measuredPhases(document.total);
  const sum = (of: (phase: RunGroupPhase) => number): number => phases.reduce((total, phase) => total + of(phase), 0);
  const sent = sum((phase) => phase.sent);
  const errors = sum((phase) => phase.refused + phase.failed);
  const names = new Set(phases.map(({ name }) => name));
  const lengthMs = document.phases.reduce(
    (total, { name, startMs, endMs }) => total + (names.has(name) ? endMs - startMs : 0),
    0,
  );
  const slowest = phases.reduce<number | null>((most, phase) => larger(most, percentileMs(phase, 0.99)), null);
  const late = document.generator.lateP99Ms;
  return section(
    'Summary',
    tiles([
      {
        label: 'Requests',
        value: count(sent),
        note: `${trimmed((sent * 1000) / Math.max(1, lengthMs), 1)}/s over ${instant(lengthMs)}`,
      },
      {
        label: 'Answered as they should',
        value: percent(sent === 0 ? Number.NaN : 1 - errors / sent),
        note: `${count(errors)} were not`,
      },
      { label: 'Refused, told to come again', value: count(sum((phase) => phase.refused)) },
      { label: 'Failed', value: count(sum((phase) => phase.failed)) },
      {
        label: '99th percentile',
        value: latency(slowest),
        note: phases.length > 1 ? 'of the slowest phase' : 'from the intended start',
      },
      {
        label: 'Generator late',
        value: latency(late),
        note: wasStarved(document) ? 'it lacked a processor: read latencies with care' : 'its own 99th percentile',
      },
    ]),
  );
}

function latencySection(document: RunDocument): Markup {
  const { phases, marks } = document;
  const lines = plottedOf(document);
  const of = (figure: (second: RunSecond) => number | null) =>
    lines.map(({ name, series }) => ({
      name,
      points: series.map((second) => ({ atMs: second.atMs, value: figure(second) })),
    }));
  const curves = measuredPhases(document.total).flatMap(({ name: phase }) =>
    lines.map(({ name, phases: own }) => ({
      name: measuredPhases(document.total).length === 1 ? name : `${name}, ${phase}`,
      percentiles: own.find((each) => each.name === phase)?.percentiles ?? [],
    })),
  );
  return section(
    'Latency',
    paragraph(
      'Counted from when each request was to start, so that a target that stands still is charged for all who waited. Of each second:',
    ),
    plotOverTime({
      title: '99th percentile',
      unit: 'ms',
      scale: 'logarithmic',
      lines: of(({ p99Ms }) => p99Ms),
      phases,
      marks,
    }),
    plotOverTime({ title: 'Median', unit: 'ms', scale: 'logarithmic', lines: of(({ p50Ms }) => p50Ms), phases }),
    plotPercentiles({
      title: 'By percentile',
      lines: curves.filter(({ percentiles }) => percentiles.length > 0).slice(0, MOST_LINES),
    }),
  );
}

/** Families where several groups make up one, else the groups, else all together. */
function plottedOf({ total, families, groups }: RunDocument): readonly RunFigures[] {
  if (groups.length <= MOST_LINES / 2 && groups.length > 0) return groups;
  return families.length > 0 ? families : [total];
}

function requestsSection({ total, phases, marks, groups }: RunDocument): Markup {
  const line = (name: string, figure: (second: RunSecond) => number) => ({
    name,
    points: total.series.map((second) => ({ atMs: second.atMs, value: figure(second) })),
  });
  const reasons = groups
    .flatMap((group) =>
      group.phases.flatMap((phase) => phase.reasons.map((each) => ({ group: group.name, phase: phase.name, ...each }))),
    )
    .sort((left, right) => right.count - left.count);
  const errors = table({
    header: ['Reason', 'Group', 'Phase', 'Requests'],
    figures: [3],
    rows: reasons.slice(0, MOST_REASONS).map((each) => [each.reason, each.group, each.phase, count(each.count)]),
  });
  return section(
    'Requests and errors',
    plotOverTime({
      title: 'Requests each second, by when they were to start',
      unit: 'perSecond',
      lines: [
        line('sent', ({ sent }) => sent),
        line('failed', ({ failed }) => failed),
        line('answered', ({ ok }) => ok),
        line('refused', ({ refused }) => refused),
      ],
      ...{ phases, marks },
    }),
    heading('Errors by reason'),
    reasons.length === 0 ? paragraph('There were none.') : errors,
    ...(reasons.length > MOST_REASONS
      ? [paragraph(`${count(reasons.length - MOST_REASONS)} more are in the JSON.`)]
      : []),
  );
}

function figuresSection({ total, families, groups }: RunDocument): Markup {
  return section(
    'Figures',
    ...(families.length > 1 ? [figuresTable('By family', 'Family', families)] : []),
    figuresTable('By group', 'Group', groups),
    figuresTable('Together', 'All', [total]),
  );
}

function figuresTable(caption: string, first: string, list: readonly RunFigures[]): Markup {
  const rows: Table['rows'] = list.flatMap(({ name, phases }) =>
    phases
      .filter(({ sent }) => sent > 0)
      .map((phase) => [
        ...[name, phase.name, count(phase.sent), count(phase.ok), count(phase.refused), count(phase.failed)],
        ...[0.5, 0.95, 0.99, 0.999, 1].map((share) => latency(percentileMs(phase, share))),
      ]),
  );
  return table({
    caption,
    header: [first, 'Phase', 'Sent', 'Answered', 'Refused', 'Failed', 'p50', 'p95', 'p99', 'p99.9', 'Slowest'],
    figures: [2, 3, 4, 5, 6, 7, 8, 9, 10],
    rows,
  });
}

function processSection({ processes, phases, marks }: RunDocument): Markup {
  const lines = (figure: (sample: RunDocument['processes'][number]['samples'][number]) => number) =>
    processes.map(({ name, samples }) => ({
      name,
      points: samples.map((sample) => ({ atMs: sample.atMs, value: figure(sample) })),
    }));
  return section(
    'Processes',
    plotOverTime({ title: 'Processors in use', unit: 'processors', lines: lines(({ cpu }) => cpu), phases, marks }),
    plotOverTime({
      title: 'Memory, without pages of files',
      unit: 'bytes',
      lines: lines(({ memoryBytes }) => memoryBytes),
      phases,
    }),
  );
}

function settingsSection({ settings, target, machine, startedAt }: RunDocument): Markup {
  const all = Object.entries({ target, ...settings, started: startedAt, processors: machine.cores });
  return section(
    'How it was run',
    table({ header: ['Setting', 'Value'], rows: all.map(([name, value]) => [name, String(value)]) }),
  );
}

function footerOf({ startedAt, machine }: RunDocument): string {
  return `Run at ${startedAt} on ${machine.cores} processors (load average ${machine.loadAverage}), Node ${machine.node}.`;
}

function larger(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (left ?? right) : Math.max(left, right);
}
