/** Plots as SVG that needs no script: lines over time with phases and marks, and latency by percentile. */
import { markup, verbatim } from '@feedfleet/xml-text';
import type { Markup } from '@feedfleet/xml-text';

import { linearAxis, logarithmicAxis, timeTicks } from './axes.ts';
import type { Axis } from './axes.ts';
import type { RunDocument, RunGroupPhase } from './run-document.ts';
import { COLOURS } from './style.ts';
import { bytes, count, instant, latency, percent, trimmed } from './words.ts';

interface PlotPoint {
  /** Milliseconds since the start of the run. */
  readonly atMs: number;
  /** Null breaks the line. */
  readonly value: number | null;
}

export interface PlotLine {
  readonly name: string;
  /** By time. */
  readonly points: readonly PlotPoint[];
}

export type PlotUnit = 'ms' | 'perSecond' | 'bytes' | 'processors' | 'count';

export interface PlotOverTime {
  readonly title: string;
  readonly unit: PlotUnit;
  readonly lines: readonly PlotLine[];
  readonly phases?: RunDocument['phases'];
  /** Numbered in the plot, and told below it. */
  readonly marks?: RunDocument['marks'];
  /** Default linear. */
  readonly scale?: 'linear' | 'logarithmic';
  /** How an instant of the run is called; by default the time since its start. */
  readonly timeOf?: (atMs: number) => string;
}

export interface PlotPercentiles {
  readonly title: string;
  readonly lines: readonly { readonly name: string; readonly percentiles: RunGroupPhase['percentiles'] }[];
}

const WIDTH = 960;
const HEIGHT = 260;
const LEFT = 64;
const RIGHT = 12;
const TOP = 24;
const BOTTOM = 26;
const INNER_WIDTH = WIDTH - LEFT - RIGHT;
const INNER_HEIGHT = HEIGHT - TOP - BOTTOM;
/** More are thinned out; of those that fall together the largest stays. */
const MOST_POINTS = 480;
/** A name of a phase needs so many units of the plot for each character. */
const CHARACTER = 7;
const UNITS: Readonly<Record<PlotUnit, (value: number) => string>> = {
  ms: latency,
  perSecond: (value) => `${value < 10 ? trimmed(value, 1) : count(value)}/s`,
  bytes,
  processors: (value) => trimmed(value, 2),
  count,
};

export function plotOverTime({
  title,
  unit,
  lines,
  phases = [],
  marks = [],
  scale,
  timeOf = instant,
}: PlotOverTime): Markup {
  const thin = lines.map(({ name, points }) => ({ name, points: thinned(points) }));
  const points = thin.flatMap((line) => line.points);
  const values = points.flatMap(({ value }) => (value === null ? [] : [value]));
  const endMs = Math.max(1, ...points.map(({ atMs }) => atMs), ...phases.map((phase) => phase.endMs));
  const largest = values.reduce((most, value) => Math.max(most, value), 0);
  const smallest = values.reduce((least, value) => (value > 0 ? Math.min(least, value) : least), largest);
  const axis = scale === 'logarithmic' ? logarithmicAxis(smallest, largest) : linearAxis(largest);
  const x = (atMs: number): number => LEFT + Math.min(1, atMs / endMs) * INNER_WIDTH;
  const paths = thin.map(({ name, points: own }, place) =>
    linePath(
      name,
      place,
      own.map(({ atMs, value }) => (value === null ? undefined : { x: x(atMs), y: yOf(axis, value) })),
    ),
  );
  const times = timeTicks(endMs).map(
    (atMs) => markup`<text class="x" x="${near(x(atMs))}" y="${HEIGHT - 8}">${timeOf(atMs)}</text>`,
  );
  return figure(
    title,
    lines.map(({ name }) => name),
    markup`
    ${phaseBands(phases, x)}${gridLines(axis, UNITS[unit])}${times}${markLines(marks, x)}${paths}`,
    marks.length === 0
      ? null
      : markup`<ol class="marks">${marks.map(({ atMs, text }) => markup`<li>${timeOf(atMs)}: ${text}</li>`)}</ol>`,
  );
}

/** Latency over the share of requests that took at most so long; the tail takes as much room as the rest. */
export function plotPercentiles({ title, lines }: PlotPercentiles): Markup {
  const all = lines.flatMap(({ percentiles }) => percentiles);
  const values = all.map(({ ms }) => Math.max(ms, 0.001));
  const axis = logarithmicAxis(Math.min(...values), Math.max(...values));
  const shares = [0.5, 0.9, 0.99, 0.999, 0.9999, 1];
  const paths = lines.map(({ name, percentiles }, place) =>
    linePath(
      name,
      place,
      percentiles.map(({ share, ms }) => ({ x: xOfShare(share), y: yOf(axis, ms) })),
    ),
  );
  const words = shares.map(
    (share) => markup`<text class="x" x="${near(xOfShare(share))}" y="${HEIGHT - 8}">
      ${share === 1 ? 'slowest' : percent(share)}</text>`,
  );
  return figure(
    title,
    lines.map(({ name }) => name),
    markup`${gridLines(axis, latency)}${words}${paths}`,
    null,
  );
}

/** As far from the last nine as there are nines, from one half on; the slowest of all stands at the end. */
function xOfShare(share: number): number {
  const nines = share >= 1 ? 4.6 : Math.log10(1 / (1 - share));
  const first = Math.log10(2);
  return LEFT + ((nines - first) / (4.6 - first)) * (INNER_WIDTH - 24);
}

function yOf(axis: Axis, value: number): number {
  return TOP + (1 - axis.placeOf(value)) * INNER_HEIGHT;
}

function figure(title: string, names: readonly string[], content: Markup, below: Markup | null): Markup {
  const legend = names.map(
    (name, place) =>
      markup`<li><svg viewBox="0 0 26 10" aria-hidden="true"><path class="${lineClass(place)}" d="M1 5h24"/></svg>${name}</li>`,
  );
  return markup`<figure><figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">${content}</svg>
    <ul class="legend">${legend}</ul>${below}</figure>`;
}

function gridLines(axis: Axis, words: (value: number) => string): Markup[] {
  return axis.ticks.map((tick, place) => {
    const y = near(yOf(axis, tick));
    return markup`<path class="${place === 0 ? 'axis' : 'grid'}" d="M${LEFT} ${y}h${INNER_WIDTH}"/>
      <text class="y" x="${LEFT - 8}" y="${y + 4}">${words(tick)}</text>`;
  });
}

function phaseBands(phases: RunDocument['phases'], x: (atMs: number) => number): Markup[] {
  return phases.map(({ name, startMs, endMs }, place) => {
    const left = near(x(startMs));
    const width = near(Math.max(0, x(endMs) - left));
    const shown = name.slice(0, Math.max(0, Math.floor((width - 8) / CHARACTER)));
    const isWhole = shown.length === name.length;
    return markup`<g><title>${name}</title>
      ${place % 2 === 0 ? markup`<rect class="band" x="${left}" y="${TOP}" width="${width}" height="${INNER_HEIGHT}"/>` : null}
      ${isWhole ? markup`<text x="${left + 4}" y="${TOP - 8}">${name}</text>` : null}</g>`;
  });
}

function markLines(marks: RunDocument['marks'], x: (atMs: number) => number): Markup[] {
  return marks.map(({ atMs, text }, place) => {
    const at = near(x(atMs));
    return markup`<g><title>${text}</title><path class="mark" d="M${at} ${TOP}v${INNER_HEIGHT}"/>
      <circle class="dot" cx="${at}" cy="${TOP + 9}" r="8"/><text class="at" x="${at}" y="${TOP + 13}">${place + 1}</text></g>`;
  });
}

function linePath(
  name: string,
  place: number,
  points: readonly ({ readonly x: number; readonly y: number } | undefined)[],
): Markup {
  let isDown = false;
  let line = '';
  for (const point of points) {
    // A point of its own, between gaps, is a dot.
    if (point !== undefined) line += `${isDown ? 'L' : 'M'}${near(point.x)} ${near(point.y)}${isDown ? '' : 'h0'}`;
    isDown = point !== undefined;
  }
  return markup`<path class="${lineClass(place)}" d="${verbatim(line)}"><title>${name}</title></path>`;
}

function lineClass(place: number): string {
  const again = ['', ' again', ' twice'][Math.min(2, Math.floor(place / COLOURS))] ?? '';
  return `line s${place % COLOURS}${again}`;
}

function thinned(points: readonly PlotPoint[]): readonly PlotPoint[] {
  if (points.length <= MOST_POINTS) return points;
  const size = Math.ceil(points.length / MOST_POINTS);
  return Array.from({ length: Math.ceil(points.length / size) }, (_, place) =>
    points
      .slice(place * size, (place + 1) * size)
      .reduce((most, each) => ((each.value ?? -1) > (most.value ?? -1) ? each : most)),
  );
}

const near = (value: number): number => Math.round(value * 10) / 10;
