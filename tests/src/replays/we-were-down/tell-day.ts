/** What there is to tell of 23 February 2013. */
import { latenciesOf } from '../latencies.ts';
import { downtimeOf, timelineOf } from '../story.ts';
import type { BothRuns, Story, ToldTable } from '../story.ts';
import { isMet, ms } from '../verdicts.ts';
import { FAMILIES, NEWCOMERS, PUSH, READERS } from './clients.ts';
import { DAY, OUTAGE, QUIET } from './day.ts';
import { lawsOf, outageOf } from './laws.ts';
import type { DayForm, DayResult } from './run-day.ts';

const FIGURES = [
  'Who asks for',
  ...['now: quiet p99', 'in the outage', 'not answered'],
  ...['control: quiet p99', 'in the outage', 'not answered'],
];
/** Of February 2013, in percent, by the status page of then: this outage and that of 7 February. */
const UPTIME_THEN = 98.44;
const MINUTES_OF_FEBRUARY = 28 * 24 * 60;

/** What readers saw in a phase, and what the page said when it ended. */
function seenIn({ report, saidIn }: DayResult, phase: string): string {
  const readers = latenciesOf(report, { phases: [phase], groups: READERS });
  const { sentence = '' } = saidIn.get(phase) ?? {};
  return `readers: p99 ${ms(readers.p99Ms)}; ${readers.errors} of ${readers.sent} not answered\nPage: ${sentence}`;
}

function figuresOf({ report }: DayResult, group: string): readonly string[] {
  const quiet = latenciesOf(report, { phases: [QUIET], groups: [group] });
  const out = latenciesOf(report, { phases: OUTAGE, groups: [group] });
  return [ms(quiet.p99Ms), ms(out.p99Ms), `${out.errors} of ${out.sent}`];
}

function figuresTable({ product, control }: BothRuns<DayResult>): ToldTable {
  const groups = [...READERS, NEWCOMERS, ...FAMILIES];
  return {
    heads: FIGURES.map((title) => ({ title, width: Math.max(14, title.length) })),
    rows: groups.map((group) => [group, ...figuresOf(product, group), ...figuresOf(control, group)]),
  };
}

/** What the month would have been with this day's downtime alone: of pushes, and of the reading family that was down for the longest. */
function monthOf({ status }: DayResult): string {
  const percentOf = (minutes: number): string => `${(100 * (1 - minutes / MINUTES_OF_FEBRUARY)).toFixed(2)} %`;
  const pushes = status.availability.get(PUSH)?.downMinutes ?? 0;
  const readers = [...status.availability].flatMap(([family, { downMinutes }]) =>
    family === PUSH ? [] : [downMinutes],
  );
  return `${percentOf(Math.max(...readers))} (pushes ${percentOf(pushes)})`;
}

export function tellDay(runs: BothRuns<DayResult>, form: DayForm): Story {
  const { hourMs, limits } = form;
  const laws = lawsOf(runs.product, form, true);
  const outage = outageOf(runs.control, form);
  const words = { then: '23 February 2013', control: 'Control: nothing is kept', seen: seenIn };
  return {
    title: '23 February 2013: the certificate of the storage service expires',
    sentence: `${isMet(laws) ? 'Every law that was measured held' : 'A law was broken'}; the control, in which nothing is kept, ${isMet(outage) ? 'had the outage' : 'did not have the outage'}.`,
    notes: [
      `An hour takes ${hourMs / 1_000} s. Latencies are not compressed. A client waits ${limits.clientMs} ms, a source has ${limits.sourceMs} ms.`,
      `Uptime of February: ${UPTIME_THEN} % then, with the 3 hours of 7 February; with this day alone ${monthOf(runs.product)} now and ${monthOf(runs.control)} in the control.`,
    ],
    timeline: timelineOf(DAY, words, runs),
    figures: figuresTable(runs),
    downtime: downtimeOf(() => 'about 8 hours', runs),
    laws,
    outage,
  };
}
