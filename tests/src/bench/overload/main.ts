/**
 * `npm run bench:overload`: ten times as many requests for one family as it can serve. How much is served beside what it serves at its
 * best, how soon the rest is refused, how soon all is as before, and what the clients of another family see meanwhile.
 *
 * What it serves at its best is measured right before and after, by clients that wait for their answers.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { LoadClient } from '../../load/load-client.ts';
import type { LoadRequest } from '../../load/load-client.ts';
import { SLOT_MS } from '../../load/load-report.ts';
import type { LoadReport } from '../../load/load-report.ts';
import { LoadRun } from '../../load/load-run.ts';
import { ms, p99, printLine, printMachine, printRow, ratio, reasonsOf } from '../../load/report-table.ts';
import { startFleet } from '../../support/fleet.ts';
import type { Fleet } from '../../support/fleet.ts';
import { writeVersions } from '../seed.ts';
import type { SeededVersion } from '../seed.ts';

const FEEDS = 4;
const VERSIONS_PER_FEED = 400;
const CLIENTS = 16;
const PEAK_MS = Number(process.env.BENCH_WINDOW_MS ?? 5_000);
const CALM_MS = 4_000;
const OVERLOAD_MS = 8_000;
const AFTER_MS = 6_000;
const TIMES = 10;
const OTHERS_PER_SECOND = 40;
const GOODPUT_LIMIT = 0.95;
const REFUSAL_LIMIT_MS = 10;
const RECOVERY_LIMIT_MS = 3_000;
/** A request of the calm after takes at most so many times the p99 of the calm before. */
const NORMAL_TIMES = 2;

const feedName = (place: number): string => `heavy${place}`;

async function seed(fleet: Fleet): Promise<void> {
  const versions: SeededVersion[] = [];
  for (let place = 0; place < FEEDS; place += 1) {
    const { feed } = await fleet.registry.feeds.create({ name: feedName(place), visibility: 'public' });
    for (let each = 0; each < VERSIONS_PER_FEED; each += 1) {
      versions.push({ feedId: feed.id, id: `Heavy.P${each % 100}`, version: `1.${Math.floor(each / 100)}.0` });
    }
  }
  await writeVersions(fleet, versions);
}

/** Looks at every version of a feed, and finds none: some milliseconds of work, and a new question each time. */
function heavyRequest(fleet: Fleet, turn: number): LoadRequest {
  const filter = encodeURIComponent(`substringof('nothing ${turn}',Description) and Title ne ''`);
  return { url: `${fleet.url}/F/${feedName(turn % FEEDS)}/api/v2/Packages()?$filter=${filter}` };
}

/** Served requests a second, with clients that wait for their answers. */
async function peakPerSecond(fleet: Fleet): Promise<number> {
  const client = new LoadClient({ maxConnections: CLIENTS, timeoutMs: 30_000 });
  const end = performance.now() + PEAK_MS;
  let served = 0;
  // Other questions than those of the overload.
  let turn = Math.floor(Math.random() * 1e9);
  const ask = async (): Promise<void> => {
    while (performance.now() < end) {
      const wanted = heavyRequest(fleet, turn++);
      const outcome = await new Promise<string>((resolve) => client.send(wanted, (each) => resolve(each.outcome)));
      if (outcome === 'ok') served += 1;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, ask));
  client.close();
  return (served * 1_000) / PEAK_MS;
}

interface Overload {
  readonly report: LoadReport;
  readonly endMs: number;
  readonly overloadMs: number;
}

async function overload(fleet: Fleet, peak: number): Promise<Overload> {
  const heavy = {
    ...{ name: 'heavy', ratePerSecond: peak / 2, maxConnections: 4_000, maxUnderWay: 20_000 },
    request: (turn: number) => heavyRequest(fleet, turn),
  };
  const others = {
    ...{ name: 'others', ratePerSecond: OTHERS_PER_SECOND },
    request: (turn: number) => ({ url: `${fleet.url}/F/${feedName(0)}/api/v3/flat/heavy.p${turn % 100}/index.json` }),
  };
  const run = new LoadRun({ groups: [heavy, others], phase: 'before' });
  await delay(CALM_MS);
  run.enter('overload');
  const beginMs = run.elapsedMs;
  run.setRate('heavy', TIMES * peak);
  await delay(OVERLOAD_MS);
  run.enter('after');
  run.setRate('heavy', peak / 2);
  const endMs = run.elapsedMs;
  await delay(AFTER_MS);
  return { report: await run.stop(), endMs, overloadMs: endMs - beginMs };
}

/** How long after the end of the overload the last request came that was refused, failed or slow, in milliseconds. */
function recoveryMs({ report, endMs }: Overload): number {
  const normalMs = NORMAL_TIMES * p99(report.of('before', 'heavy'));
  const slots = report.timeline('heavy').slice(Math.ceil(endMs / SLOT_MS));
  const last = slots.findLastIndex(({ refused, failed, worstMs }) => refused + failed > 0 || worstMs > normalMs);
  return (last + 1) * SLOT_MS;
}

function print(found: Overload, peak: number): void {
  const { report, overloadMs } = found;
  printRow(['', 'sent', 'served', 'refused', 'failed', 'p50 ms', 'p99 ms', 'refusal p50', 'refusal p99']);
  for (const phase of ['before', 'overload', 'after']) {
    const { ok, refused, failed, sent } = report.of(phase, 'heavy');
    const latencies = [ok.quantileMs(0.5), ok.quantileMs(0.99), refused.quantileMs(0.5), refused.quantileMs(0.99)];
    printRow([phase, sent, ok.count, refused.count, failed.count, ...latencies.map(ms)]);
    if (failed.count > 0) printLine(`    ${reasonsOf(report.of(phase, 'heavy'))}`);
  }
  const inTrouble = report.of('overload', 'heavy');
  const goodput = (inTrouble.ok.count * 1_000) / overloadMs / peak;
  const refusal = inTrouble.refused.quantileMs(0.99);
  const recovery = recoveryMs(found);
  const others = report.of('overload', 'others');
  const verdict = (isMet: boolean): string => (isMet ? 'ok' : 'MISSED');
  printLine('');
  printRow(['goodput / peak', ratio(goodput), `>= ${GOODPUT_LIMIT}`, verdict(goodput >= GOODPUT_LIMIT)]);
  printRow(['refusals, p99 ms', ms(refusal), `<= ${REFUSAL_LIMIT_MS}`, verdict(refusal <= REFUSAL_LIMIT_MS)]);
  printRow(['neither served nor refused', inTrouble.failed.count, '0', verdict(inTrouble.failed.count === 0)]);
  printRow(['as before after, ms', recovery, `<= ${RECOVERY_LIMIT_MS}`, verdict(recovery <= RECOVERY_LIMIT_MS)]);
  printRow(['errors of v3', others.errors, '0', verdict(others.errors === 0)]);
  printRow(['p99 of v3 / calm', ratio(p99(others) / p99(report.of('before', 'others')))]);
  printLine(`load generator late ${ms(report.lag.quantileMs(0.99))} ms p99`);
}

printMachine();
const fleet = await startFleet();
try {
  await seed(fleet);
  await peakPerSecond(fleet);
  const before = await peakPerSecond(fleet);
  const found = await overload(fleet, before);
  const after = await peakPerSecond(fleet);
  const peak = Math.max(before, after);
  printLine(
    `\nv2 serves ${before.toFixed(0)} such requests a second at its best, ${after.toFixed(0)} after the overload; asked for ${TIMES} times as many.\n`,
  );
  print(found, peak);
} finally {
  await fleet.stop();
}
printMachine();
