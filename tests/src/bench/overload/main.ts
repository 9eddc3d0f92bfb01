/**
 * `npm run bench:overload`: ten times as many requests for one family as it can serve. How much is served beside what it serves at its
 * best, how soon the rest is refused, how soon all is as before, and what the clients of another family see meanwhile.
 *
 * The generator has no machine of its own: what it and the refusals take of the processors, the family lacks. So its best is measured
 * twice, by clients that wait for their answers, right before the overload: once alone, and once while the same generator has as many
 * requests of another family refused as the overload will. The second is what the overload is held against; the first is printed beside it,
 * with what each process had of the processors, and for how long the family was ready to work and had none.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { LoadRun, SLOT_MS } from '@feedfleet/load';
import type { LoadReport } from '@feedfleet/load';
import { FleetProcesses, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { GENERATOR, ProcessorShares } from '../../load/processor-shares.ts';
import type { ProcessorShare } from '../../load/processor-shares.ts';
import { median, ms, p99, printLine, printMachine, printRow, ratio, reasonsOf } from '../../load/report-table.ts';
import { recordFigure } from '../figures.ts';
import { feedName, heavyRequest, peakPerSecond, seedHeavy, StandstillFamily } from './heavy-family.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
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
const WATCHED = ['balancer-1', 'v2-1'] as const;
const PHASES = ['before', 'overload', 'after'] as const;

type Shares = ReadonlyMap<string, ProcessorShare>;

interface Round {
  readonly alone: number;
  /** While as many requests are refused as in the overload. */
  readonly beside: number;
  readonly again: number;
  readonly report: LoadReport;
  readonly endMs: number;
  readonly overloadMs: number;
  readonly shares: ReadonlyMap<string, Shares>;
}

async function runRound(fleet: Fleet): Promise<Round> {
  const shares = new Map<string, Shares>();
  const processors = new ProcessorShares(new FleetProcesses(fleet), WATCHED);
  const alone = await peakPerSecond(fleet, PEAK_MS);
  shares.set('at its best', processors.take());
  const beside = await new StandstillFamily(fleet).whileRefusing((TIMES - 1) * alone, async () => {
    processors.take();
    const found = await peakPerSecond(fleet, PEAK_MS);
    shares.set('beside refusals', processors.take());
    return found;
  });
  const run = startLoad(fleet, alone);
  await delay(CALM_MS);
  run.enter('overload');
  const beginMs = run.elapsedMs;
  run.setRate('heavy', TIMES * alone);
  processors.take();
  await delay(OVERLOAD_MS);
  shares.set('overload', processors.take());
  run.enter('after');
  run.setRate('heavy', alone / 2);
  const endMs = run.elapsedMs;
  await delay(AFTER_MS);
  const report = await run.stop();
  const again = await peakPerSecond(fleet, PEAK_MS);
  return { alone, beside, again, report, endMs, overloadMs: endMs - beginMs, shares };
}

function startLoad(fleet: Fleet, peak: number): LoadRun {
  // Questions that were not asked before.
  const first = Math.floor(Math.random() * 1e9);
  const heavy = {
    ...{ name: 'heavy', isLean: true, ratePerSecond: peak / 2, maxConnections: 4_000, maxUnderWay: 20_000 },
    request: (turn: number) => heavyRequest(fleet, first + turn),
  };
  const others = {
    ...{ name: 'others', ratePerSecond: OTHERS_PER_SECOND },
    request: (turn: number) => ({ url: `${fleet.url}/F/${feedName(0)}/api/v3/flat/heavy.p${turn % 100}/index.json` }),
  };
  return new LoadRun({ groups: [heavy, others], phase: 'before' });
}

/** How long after the end of the overload the last request came that was refused, failed or slow, in milliseconds. */
function recoveryMs({ report, endMs }: Round): number {
  const normalMs = NORMAL_TIMES * p99(report.of('before', 'heavy'));
  const slots = report.timeline('heavy').slice(Math.ceil(endMs / SLOT_MS));
  const last = slots.findLastIndex(({ refused, failed, worstMs }) => refused + failed > 0 || worstMs > normalMs);
  return (last + 1) * SLOT_MS;
}

const goodput = ({ report, overloadMs }: Round): number =>
  (report.of('overload', 'heavy').ok.count * 1_000) / overloadMs;

function printRound(round: Round, place: number): void {
  const { alone, beside, again, report, shares } = round;
  printLine(
    `\nRound ${place + 1}: v2 serves ${alone.toFixed(0)} a second at its best, ${beside.toFixed(0)} beside ${((TIMES - 1) * alone).toFixed(0)} refusals a second, ${again.toFixed(0)} after the overload.\n`,
  );
  printRow(['', 'sent', 'served', 'refused', 'failed', 'p50 ms', 'p99 ms', 'refusal p50', 'refusal p99']);
  for (const phase of PHASES) {
    const { ok, refused, failed, sent } = report.of(phase, 'heavy');
    const latencies = [ok.quantileMs(0.5), ok.quantileMs(0.99), refused.quantileMs(0.5), refused.quantileMs(0.99)];
    printRow([phase, sent, ok.count, refused.count, failed.count, ...latencies.map(ms)]);
    if (failed.count > 0) printLine(`    ${reasonsOf(report.of(phase, 'heavy'))}`);
  }
  printLine('');
  printRow(['processors in use', GENERATOR, 'balancer', 'v2', 'v2 waits']);
  for (const [phase, each] of shares) {
    const used = [GENERATOR, ...WATCHED].map((name) => ratio(each.get(name)?.processors ?? NaN));
    printRow([phase, ...used, ratio(each.get('v2-1')?.waited ?? NaN)]);
  }
  printLine(`load generator late ${ms(report.lag.quantileMs(0.99))} ms p99`);
}

function printVerdicts(rounds: readonly Round[]): void {
  const over = (figure: (round: Round) => number): number => median(rounds.map(figure));
  const troubled = (round: Round) => round.report.of('overload', 'heavy');
  const held = over((round) => goodput(round) / round.beside);
  const refusal = over((round) => troubled(round).refused.quantileMs(0.99));
  const failed = rounds.reduce((sum, round) => sum + troubled(round).failed.count, 0);
  const recovery = over(recoveryMs);
  const errors = rounds.reduce((sum, { report }) => sum + report.of('overload', 'others').errors, 0);
  const served = over((round) => p99(troubled(round)));
  recordFigure({ title: 'goodput / peak', value: held, unit: 'ratio', aim: { atLeast: GOODPUT_LIMIT } });
  recordFigure({ title: 'refusals, p99', value: refusal, unit: 'ms', aim: { atMost: REFUSAL_LIMIT_MS } });
  recordFigure({ title: 'served in the overload, p99', value: served, unit: 'ms' });
  recordFigure({ title: 'neither served nor refused', value: failed, unit: 'count', aim: { atMost: 0 } });
  recordFigure({ title: 'as before after', value: recovery, unit: 'ms', aim: { atMost: RECOVERY_LIMIT_MS } });
  recordFigure({ title: 'errors of another family', value: errors, unit: 'count', aim: { atMost: 0 } });
  const verdict = (isMet: boolean): string => (isMet ? 'ok' : 'MISSED');
  printLine(`\nMedians of ${rounds.length} rounds:\n`);
  printRow(['goodput / peak beside', ratio(held), `>= ${GOODPUT_LIMIT}`, verdict(held >= GOODPUT_LIMIT)]);
  printRow(['goodput / peak alone', ratio(over((round) => goodput(round) / round.alone))]);
  printRow(['control: peak / peak', ratio(over(({ alone, again }) => again / alone))]);
  printRow(['refusals, p99 ms', ms(refusal), `<= ${REFUSAL_LIMIT_MS}`, verdict(refusal <= REFUSAL_LIMIT_MS)]);
  printRow(['neither served nor refused', failed, '0', verdict(failed === 0)]);
  printRow(['as before after, ms', recovery, `<= ${RECOVERY_LIMIT_MS}`, verdict(recovery <= RECOVERY_LIMIT_MS)]);
  printRow(['errors of v3', errors, '0', verdict(errors === 0)]);
  printRow([
    'p99 of v3 / calm',
    ratio(over(({ report }) => p99(report.of('overload', 'others')) / p99(report.of('before', 'others')))),
  ]);
}

printMachine();
const fleet = await startFleet();
try {
  await seedHeavy(fleet);
  await peakPerSecond(fleet, PEAK_MS);
  const rounds: Round[] = [];
  for (let place = 0; place < ROUNDS; place += 1) {
    const round = await runRound(fleet);
    printRound(round, place);
    rounds.push(round);
  }
  printVerdicts(rounds);
} finally {
  await fleet.stop();
}
printMachine();
