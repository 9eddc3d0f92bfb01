/** What there is to tell of 7 February 2013. */
import { latenciesOf } from '../latencies.ts';
import { downtimeOf, timelineOf } from '../story.ts';
import type { BothRuns, Story, ToldTable } from '../story.ts';
import { isMet, ms } from '../verdicts.ts';
import { BUNDLE, OTHER_FAMILIES, PAIR, RING, SWITCHED } from './clients.ts';
import { DAY } from './day.ts';
import { lawsOf, outageOf, quietAndTroubled } from './laws.ts';
import type { DayForm, DayResult } from './run-day.ts';

const FIGURES = [
  'Clients of',
  ...['now: quiet p99', 'in trouble', 'ratio', 'not answered'],
  ...['control: quiet p99', 'in trouble', 'ratio', 'not answered'],
];
const THEN: Readonly<Record<string, string>> = { default: 'about 3 hours: 15:15, and 16:15 to 18:00' };

/** What the clients of the default endpoint saw in a phase, and what the page said when it ended. */
function seenIn({ report, saidIn }: DayResult, phase: string): string {
  const seen = latenciesOf(report, { phases: [phase], groups: ['default'] });
  const { sentence = '', tips = [] } = saidIn.get(phase) ?? {};
  const figures = `default: p50 ${ms(seen.p50Ms)}, p99 ${ms(seen.p99Ms)}; ${seen.errors} of ${seen.sent} not answered`;
  return [figures, `Page: ${sentence}`, ...tips.slice(0, 1).map((tip) => `Tip: ${tip}`)].join('\n');
}

function figuresOf(result: DayResult, group: string): readonly string[] {
  const { quiet, troubled } = quietAndTroubled(result, [group]);
  const ratio = troubled.p99Ms / quiet.p99Ms;
  return [
    ...[ms(quiet.p99Ms), ms(troubled.p99Ms), Number.isFinite(ratio) ? ratio.toFixed(2) : '-'],
    `${troubled.errors} of ${troubled.sent}`,
  ];
}

function figuresTable({ product, control }: BothRuns<DayResult>): ToldTable {
  const groups = ['default', ...OTHER_FAMILIES, BUNDLE, SWITCHED, PAIR, RING];
  return {
    heads: FIGURES.map((title) => ({ title, width: Math.max(13, title.length) })),
    rows: groups.map((group) => [group, ...figuresOf(product, group), ...figuresOf(control, group)]),
  };
}

export function tellDay(runs: BothRuns<DayResult>, form: DayForm): Story {
  const { hourMs, limits } = form;
  const laws = lawsOf(runs.product, form, true);
  const outage = outageOf(runs.control, form);
  const words = { then: '7 February 2013', control: 'Control: sources asked as in 2013', seen: seenIn };
  return {
    title: '7 February 2013: a feed that references itself by way of another',
    sentence: `${isMet(laws) ? 'Every law that was measured held' : 'A law was broken'}; the control, whose sources are asked as in 2013, ${isMet(outage) ? 'had the outage' : 'did not have the outage'}.`,
    notes: [
      `An hour takes ${hourMs / 1_000} s. Latencies are not compressed. In the control a source is waited for ${limits.sourceMs} ms (100 s then); a client waits ${limits.clientMs} ms.`,
      'Left out: the failover to the second datacenter of 17:00 to 18:00, since there is one set of processes.',
    ],
    timeline: timelineOf(DAY, words, runs),
    figures: figuresTable(runs),
    downtime: downtimeOf((family) => THEN[family] ?? 'not down', runs),
    laws,
    outage,
  };
}
