/**
 * `npm run bench:sick-sources`: each kind of sickness of a foreign source, and what the clients of other feeds, and of the feeds that have
 * the source, see of it. Load at a fixed rate; windows of health and of sickness take turns in one run.
 */
import type { LoadAnswer, LoadGroup, LoadRequest } from '@feedfleet/load';

import { seedTraffic, trafficTo } from '../../load/family-traffic.ts';
import { ms, p99, printLine, printMachine, printRow, ratio, reasonsOf } from '../../load/report-table.ts';
import { runWindows } from '../../load/windows.ts';
import type { Windows } from '../../load/windows.ts';
import { READ_FAMILIES } from '../../support/feed-client.ts';
import { FEED_KINDS, OWN, SICKNESSES, SickFleet, sickFeedName } from '../../support/sick-fleet.ts';
import type { FeedKind, Sickness } from '../../support/sick-fleet.ts';
import { VERSION_LISTS } from '../../support/source-graph.ts';
import { recordFigure } from '../figures.ts';
import type { Figure } from '../figures.ts';

/** The families that ask foreign sources, and their clients beside: pushes and symbols are other processes. */
const OTHERS: readonly string[] = READ_FAMILIES;
const READS_PER_SECOND = Number(process.env.BENCH_RATE ?? 60);
const SICK_READS_PER_SECOND = READS_PER_SECOND / 4;
const WINDOW_MS = Number(process.env.BENCH_WINDOW_MS ?? 5_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 2);
/** Names of sicknesses, with commas between; all of them when it is not set. */
const CHOSEN = process.env.BENCH_SICKNESSES?.split(',');
const isChosen = (sickness: Sickness): boolean => CHOSEN?.includes(sickness) ?? true;
/** Of the source. */
const TIMEOUT_MS = 1_000;
/** That clients of feeds with the source ask for. */
const DEADLINE_MS = 3_000;
/** An answer at the deadline has a way to go. */
const DEADLINE_GRACE_MS = 200;
const RECOVERY_LIMIT_MS = 5_000;
const REST_MS = RECOVERY_LIMIT_MS + 1_000;
const RATIO_LIMIT = 1.25;

/** What a client has to get: all of it, from feeds that keep what the source had; what is there, from those that can do without. */
const JUDGES: Readonly<Record<FeedKind, (answer: LoadAnswer) => string | undefined>> = {
  needs: ({ status, body }) => judged(status, body, ['1.0.0', '2.0.0']),
  keeps: ({ status, body }) => judged(status, body, ['1.0.0', '2.0.0']),
  leaves: ({ status, body }) => judged(status, body, ['1.0.0']),
};

function judged(status: number, body: Buffer, versions: readonly string[]): string | undefined {
  if (status !== 200) return `status ${status}`;
  return versions.every((version) => body.includes(version)) ? undefined : 'versions are missing';
}

function clientsOf({ fleet }: SickFleet, sickness: Sickness): readonly LoadGroup[] {
  return FEED_KINDS.map((kind) => ({
    name: kind,
    ratePerSecond: SICK_READS_PER_SECOND,
    request: (turn): LoadRequest => {
      const path = VERSION_LISTS[READ_FAMILIES[turn % READ_FAMILIES.length] ?? 'v3'](OWN.id);
      return {
        url: `${fleet.url}/F/${sickFeedName(kind, sickness)}${path}`,
        headers: { 'x-feedfleet-timeout-ms': String(DEADLINE_MS) },
        ...{ judge: JUDGES[kind], keepsBody: true },
      };
    },
  }));
}

function runSickness(sick: SickFleet, sickness: Sickness): Promise<Windows> {
  const traffic = trafficTo(sick.fleet, { readsPerSecond: READS_PER_SECOND, pushesPerSecond: 0 });
  const source = sick.source(sickness);
  return runWindows({
    groups: [...traffic.filter(({ name }) => OTHERS.includes(name)), ...clientsOf(sick, sickness)],
    ...{ rounds: ROUNDS, windowMs: WINDOW_MS, restMs: REST_MS },
    trouble: async () => {
      await source.become(sickness);
      return () => source.become('well');
    },
  });
}

function slowestMs(windows: Windows): number {
  const { ok, refused, failed } = windows.over('trouble', FEED_KINDS);
  return Math.max(ok.maxMs, refused.maxMs, failed.maxMs);
}

function printSickness(sickness: Sickness, windows: Windows): void {
  const [quiet, disturbed] = [p99(windows.over('quiet', OTHERS)), p99(windows.over('trouble', OTHERS))];
  const [errors, found, slowest] = [windows.errors(OTHERS), windows.ratio(OTHERS), slowestMs(windows)];
  const recovery = Math.max(...FEED_KINDS.map((kind) => windows.recoveryMs(kind)));
  const isMet =
    errors === 0 && found <= RATIO_LIMIT && slowest <= DEADLINE_MS + DEADLINE_GRACE_MS && recovery <= RECOVERY_LIMIT_MS;
  const cells = [errors, ms(quiet), ms(disturbed), ratio(found), ratio(windows.control(OTHERS)), ms(slowest), recovery];
  printRow([sickness, ...cells, isMet ? 'ok' : 'MISSED']);
  const record = (title: string, value: number, unit: Figure['unit'], atMost: number): void =>
    recordFigure({ title: `a source that is ${sickness}: ${title}`, value, unit, aim: { atMost } });
  record('errors of other feeds', errors, 'count', 0);
  record('p99 of other feeds, sick / well', found, 'ratio', RATIO_LIMIT);
  record('slowest answer of feeds that have it', slowest, 'ms', DEADLINE_MS + DEADLINE_GRACE_MS);
  record('recovery', recovery, 'ms', RECOVERY_LIMIT_MS);
  for (const kind of FEED_KINDS) {
    const result = windows.over('trouble', [kind]);
    printLine(`    ${kind}: ${result.ok.count} of ${result.sent} answered; ${reasonsOf(result) || 'no errors'}`);
  }
  const late = ms(windows.report.lag.quantileMs(0.99));
  printLine(`    others: ${reasonsOf(windows.over('trouble', OTHERS)) || 'no errors'}; generator late ${late} ms p99`);
}

printMachine();
const sick = await SickFleet.start({ timeoutMs: TIMEOUT_MS });
try {
  await seedTraffic(sick.fleet);
  printLine(
    `\nOther feeds on ${OTHERS.join(', ')}: ${READS_PER_SECOND} reads a second each. Three feeds with the source, ${SICK_READS_PER_SECOND} a second`,
  );
  printLine(
    `each: one needs it, one keeps what it had, one leaves it out. Their clients have ${DEADLINE_MS} ms, the source ${TIMEOUT_MS}.`,
  );
  printLine(
    `Aim: no errors of others, ratio at most ${RATIO_LIMIT}, nobody waits longer, all well within ${RECOVERY_LIMIT_MS} ms.\n`,
  );
  printRow(['sickness', 'errors', 'quiet p99', 'p99 ms', 'ratio', 'control', 'slowest', 'recovery', '']);
  for (const sickness of SICKNESSES.filter(isChosen)) printSickness(sickness, await runSickness(sick, sickness));
} finally {
  await sick.stop();
}
printMachine();
