/** What there is to tell of a day, once: as text, and as a page. */
import type { Verdict } from '@feedfleet/load';

import { columns } from './columns.ts';
import type { Column } from './columns.ts';
import { shownTime } from './replay-clock.ts';
import type { Step } from './pass-day.ts';
import type { StatusWatch } from './status-watch.ts';

export interface ToldTable {
  readonly heads: readonly Column[];
  /** One cell for each head. */
  readonly rows: readonly (readonly string[])[];
}

export interface Story {
  readonly title: string;
  /** What a reader should know if nothing else. */
  readonly sentence: string;
  /** How it was made, and what was left out. */
  readonly notes: readonly string[];
  readonly timeline: ToldTable;
  readonly figures: ToldTable;
  readonly downtime: ToldTable;
  readonly laws: readonly Verdict[];
  /** Whether the control had the outage. */
  readonly outage: readonly Verdict[];
}

/** The product and the control on the same day. */
export interface BothRuns<R> {
  readonly product: R;
  readonly control: R;
}

const WIDE = 36;
const LAWS: readonly Column[] = [
  { title: 'Law', width: 46 },
  { title: '', width: 12 },
  { title: 'Expected', width: 40 },
  { title: 'Measured', width: 56 },
];

export interface TimelineWords<R> {
  /** The day of 2013. */
  readonly then: string;
  readonly control: string;
  /** What was seen in a phase. */
  readonly seen: (result: R, phase: string) => string;
}

export function timelineOf<R>(
  steps: readonly Step<unknown>[],
  { then, control, seen }: TimelineWords<R>,
  runs: BothRuns<R>,
): ToldTable {
  const titles = [then, 'The replay', 'Now', control];
  return {
    heads: [{ title: 'Time', width: 5 }, ...titles.map((title) => ({ title, width: WIDE }))],
    rows: steps.map(({ at, then: told, now, phase }) => [
      ...[shownTime(at), told, now],
      ...[runs.product, runs.control].map((result) => seen(result, phase)),
    ]),
  };
}

/** By the count of the status page itself. @param then - by family: of 2013. */
export function downtimeOf(
  then: (family: string) => string,
  { product, control }: BothRuns<{ readonly status: StatusWatch }>,
): ToldTable {
  const told = (status: StatusWatch, family: string): string => {
    const { downMinutes = NaN, uptime = NaN } = status.availability.get(family) ?? {};
    return `${downMinutes.toFixed(0)} minutes (${(100 * uptime).toFixed(1)} % up)`;
  };
  return {
    heads: ['Endpoint', 'Then', 'Now', 'Control'].map((title, place) => ({ title, width: place === 0 ? 10 : WIDE })),
    rows: [...product.status.availability.keys()].map((family) => [
      ...[family, then(family)],
      ...[product, control].map(({ status }) => told(status, family)),
    ]),
  };
}

function verdictsText(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ law, outcome, expected, measured }) => [law, outcome.toUpperCase(), expected, measured]);
  return columns(LAWS, rows);
}

const tableText = ({ heads, rows }: ToldTable): string => columns(heads, rows);

/** With an empty line after each row. */
const spacedText = ({ heads, rows }: ToldTable): string =>
  columns(
    heads,
    rows.map(([first = '', ...rest]) => [`${first}\n`, ...rest.map((cell) => `${cell}\n`)]),
  );

export function storyText(story: Story): string {
  const parts = [
    [story.title, story.sentence],
    story.notes,
    [spacedText(story.timeline)],
    [tableText(story.figures)],
    ['Down, as the status page counts it:', tableText(story.downtime)],
    ['The product:', verdictsText(story.laws)],
    ['The control:', verdictsText(story.outage)],
  ];
  return parts.map((part) => `${part.join('\n')}\n`).join('\n');
}
