/**
 * `npm run replay:2013-02-23`: the outage of that day, hour by hour, with real processes under load, while the certificates of what the
 * fleet depends on expire: once as this project is, once with nothing kept of what is gone. Ends with 0 when every law held and the
 * control had the outage.
 *
 * `REPLAY_HOUR_MS` is what an hour of the day takes, 10,000 by default.
 */
import { printLine, printMachine } from '../../load/report-table.ts';
import { ReplayClock } from '../replay-clock.ts';
import { storyPage } from '../story-page.ts';
import { storyText } from '../story.ts';
import { isMet } from '../verdicts.ts';
import { writePage } from '../write-page.ts';
import { FILES, RESTORES } from './clients.ts';
import { QUIET } from './day.ts';
import { runDay } from './run-day.ts';
import type { DayForm } from './run-day.ts';
import { tellDay } from './tell-day.ts';

const FORM: DayForm = {
  from: '19:50',
  hourMs: Number(process.env.REPLAY_HOUR_MS ?? 10_000),
  warmUpMs: 3_000,
  isCounted: true,
  hasStorage: true,
  rates: { reads: 20, pushes: 2, readers: 10 },
  limits: { clientMs: 5_000, sourceMs: 1_500, probeMs: 1_000 },
};

printMachine();
printLine('The product lives through 23 February 2013 ...');
const product = await runDay(FORM, 'product');
printLine('So does the control, in which nothing is kept ...');
const control = await runDay(FORM, 'control');

const story = tellDay({ product, control }, FORM);
printLine(`\n${storyText(story)}`);
const page = { story, runs: { product: product.document, control: control.document }, clock: new ReplayClock(FORM) };
printLine(
  `The same as a page: ${await writePage('2013-02-23', storyPage({ ...page, first: QUIET, plotted: [RESTORES, FILES, 'default'] }))}`,
);
printMachine();
process.exitCode = isMet([...story.laws, ...story.outage]) ? 0 : 1;
