/**
 * `npm run bench:compartments`: what befalls one family's process, and what the clients of the others see of it. Real processes under
 * load at a fixed rate; windows of quiet and of the fault take turns, and the ratio of the others' p99 is taken within the run.
 *
 * `BENCH_STAND_BACK=false` is how it would be if busy families did not stand back for the others.
 *
 * Then feeds that reference each other 1 to 8 deep, with ten times as many clients at once as a family takes.
 */
import { FAULTS, FaultyFleet } from '@feedfleet/drills';
import type { Fault } from '@feedfleet/drills';

import { LOADED_FAMILIES, seedTraffic, trafficTo } from '../../load/family-traffic.ts';
import type { LoadedFamily } from '../../load/family-traffic.ts';
import { ms, p99, printLine, printMachine, printRow, ratio, reasonsOf } from '../../load/report-table.ts';
import { runWindows } from '../../load/windows.ts';
import type { Windows } from '../../load/windows.ts';
import { recordFigure } from '../figures.ts';
import type { Figure } from '../figures.ts';
import { measureNested } from './nested.ts';

const VICTIM: LoadedFamily = 'v3';
const OTHERS = LOADED_FAMILIES.filter((family) => family !== VICTIM);
const READS_PER_SECOND = Number(process.env.BENCH_RATE ?? 60);
const PUSHES_PER_SECOND = READS_PER_SECOND / 10;
const WINDOW_MS = Number(process.env.BENCH_WINDOW_MS ?? 5_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
/** Long enough for a process to be started again. */
const REST_MS = 4_000;
const RATIO_LIMIT = 1.25;
/** Only these, for example `CPU burn,memory leak`. */
const ONLY = process.env.BENCH_FAULTS?.split(',');
const faults = FAULTS.filter((fault) => ONLY?.includes(fault) ?? true);

function runFault(faulty: FaultyFleet, fault: Fault): Promise<Windows> {
  const rates = { readsPerSecond: READS_PER_SECOND, pushesPerSecond: PUSHES_PER_SECOND };
  return runWindows({
    groups: trafficTo(faulty.fleet, rates),
    ...{ rounds: ROUNDS, windowMs: WINDOW_MS, restMs: REST_MS },
    trouble: () => faulty.inflict(fault, `${VICTIM}-1`, WINDOW_MS),
  });
}

function printFault(fault: Fault, windows: Windows): void {
  const [quiet, disturbed] = [p99(windows.over('quiet', OTHERS)), p99(windows.over('trouble', OTHERS))];
  const [errors, found] = [windows.errors(OTHERS), windows.ratio(OTHERS)];
  const worst = Math.max(...OTHERS.map((family) => windows.ratio([family])));
  const verdict = errors === 0 && found <= RATIO_LIMIT ? 'ok' : 'MISSED';
  printRow([
    fault,
    errors,
    ms(quiet),
    ms(disturbed),
    ratio(found),
    ratio(worst),
    ratio(windows.control(OTHERS)),
    verdict,
  ]);
  const record = (title: string, value: number, unit: Figure['unit'], atMost: number): void =>
    recordFigure({ title: `${fault} in ${VICTIM}: ${title}`, value, unit, aim: { atMost } });
  record('errors of the other families', errors, 'count', 0);
  record('p99 of the other families, fault / quiet', found, 'ratio', RATIO_LIMIT);
  for (const kind of ['quiet', 'control', 'trouble', 'rest'] as const) {
    const result = windows.over(kind, OTHERS);
    if (result.errors > 0) printLine(`    others, ${kind}: ${reasonsOf(result)}`);
  }
  const victim = windows.over('trouble', [VICTIM]);
  const answers = `${victim.ok.count} of ${victim.sent} answered; ${reasonsOf(victim) || 'no errors'}`;
  printLine(`    ${VICTIM}: ${answers}; refusals p99 ${ms(victim.refused.quantileMs(0.99))} ms`);
  const late = ms(windows.report.lag.quantileMs(0.99));
  printLine(`    ${VICTIM} well ${windows.recoveryMs(VICTIM)} ms after the end; generator late ${late} ms p99`);
}

printMachine();
const faulty = await FaultyFleet.start({ FEEDFLEET_STAND_BACK: process.env.BENCH_STAND_BACK ?? 'true' });
try {
  await seedTraffic(faulty.fleet);
  printLine(
    `\n${VICTIM} has the fault; the figures are of ${OTHERS.join(', ')} together: ${READS_PER_SECOND} reads a second each.`,
  );
  printLine(
    `"ratio" is the median of ${ROUNDS} rounds, "worst" that of the family where it is largest, "control" that of two windows of quiet.`,
  );
  printLine(`Aim: no errors, and a ratio of at most ${RATIO_LIMIT}.\n`);
  printRow(['fault', 'errors', 'quiet p99', 'p99 ms', 'ratio', 'worst', 'control', '']);
  for (const fault of faults) printFault(fault, await runFault(faulty, fault));
  if (ONLY === undefined) await measureNested(faulty.fleet);
} finally {
  await faulty.stop();
}
printMachine();
