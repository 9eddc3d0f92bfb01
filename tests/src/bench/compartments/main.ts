/**
 * `npm run bench:compartments`: what befalls one family's process, and what the clients of the others see of it. Real processes under
 * load at a fixed rate; windows of quiet and of the fault take turns, and the ratio of the others' p99 is taken within the run.
 *
 * Then feeds that reference each other 1 to 8 deep, with ten times as many clients at once as a family takes.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { LOADED_FAMILIES, seedTraffic, trafficTo } from '../../load/family-traffic.ts';
import type { LoadedFamily } from '../../load/family-traffic.ts';
import { FAULTS, FaultyFleet } from '../../load/faults.ts';
import type { Fault } from '../../load/faults.ts';
import { SLOT_MS } from '../../load/load-report.ts';
import type { GroupResult, LoadReport } from '../../load/load-report.ts';
import { LoadRun } from '../../load/load-run.ts';
import { ms, p99, printLine, printMachine, printRow, ratio, reasonsOf } from '../../load/report-table.ts';
import { measureNested } from './nested.ts';

const VICTIM: LoadedFamily = 'v3';
const OTHERS = LOADED_FAMILIES.filter((family) => family !== VICTIM);
const READS_PER_SECOND = Number(process.env.BENCH_RATE ?? 40);
const PUSHES_PER_SECOND = READS_PER_SECOND / 10;
const WINDOW_MS = Number(process.env.BENCH_WINDOW_MS ?? 4_000);
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 2);
/** Long enough for a process to be started again. */
const REST_MS = 3_000;
const WARM_UP_MS = 3_000;
const RATIO_LIMIT = 1.25;

interface FaultRun {
  readonly report: LoadReport;
  /** When a fault began and ended, in milliseconds of the run. */
  readonly windows: readonly { readonly from: number; readonly to: number }[];
}

async function runFault(faulty: FaultyFleet, fault: Fault): Promise<FaultRun> {
  const rates = { readsPerSecond: READS_PER_SECOND, pushesPerSecond: PUSHES_PER_SECOND };
  const run = new LoadRun({ groups: trafficTo(faulty.fleet, rates), phase: 'warm-up' });
  const windows: { from: number; to: number }[] = [];
  await delay(WARM_UP_MS);
  for (let round = 0; round < ROUNDS; round += 1) {
    run.enter(`quiet ${round}`);
    await delay(WINDOW_MS);
    run.enter(`fault ${round}`);
    const from = run.elapsedMs;
    const end = faulty.inflict(fault, `${VICTIM}-1`, WINDOW_MS);
    await delay(WINDOW_MS);
    run.enter(`recovery ${round}`);
    end();
    windows.push({ from, to: run.elapsedMs });
    await delay(REST_MS);
  }
  return { report: await run.stop(), windows };
}

const rounds = Array.from({ length: ROUNDS }, (_each, round) => round);

/** The groups over all windows of a kind. */
function over({ report }: FaultRun, kind: string, groups: readonly string[]): GroupResult {
  const sum = report.sum('none', groups);
  for (const round of rounds) sum.add(report.sum(`${kind} ${round}`, groups));
  return sum;
}

/** How long after the end of the fault the last request came that was not answered, in milliseconds; the worst of the windows. */
function recoveryMs({ report, windows }: FaultRun): number {
  const slots = report.timeline(VICTIM);
  const each = windows.map(({ to }) => {
    const after = slots.slice(Math.floor(to / SLOT_MS), Math.floor((to + REST_MS) / SLOT_MS));
    return (after.findLastIndex(({ failed, refused }) => failed + refused > 0) + 1) * SLOT_MS;
  });
  return Math.max(...each);
}

function printFault(fault: Fault, run: FaultRun): void {
  const quiet = p99(over(run, 'quiet', OTHERS));
  const disturbed = p99(over(run, 'fault', OTHERS));
  const byFamily = OTHERS.map((family) => p99(over(run, 'fault', [family])) / p99(over(run, 'quiet', [family])));
  const halves = rounds.map((round) => p99(run.report.sum(`quiet ${round}`, OTHERS)));
  const phases = ['quiet', 'fault', 'recovery'].map((kind) => over(run, kind, OTHERS));
  const errors = phases.reduce((sum, each) => sum + each.errors, 0);
  const isMet = errors === 0 && disturbed / quiet <= RATIO_LIMIT;
  const cells = [ms(quiet), ms(disturbed), ratio(disturbed / quiet), ratio(Math.max(...byFamily))];
  const noise = ratio(Math.max(...halves) / Math.min(...halves));
  printRow([fault, errors, ...cells, noise, isMet ? 'ok' : 'MISSED']);
  for (const each of phases) if (each.errors > 0) printLine(`    others: ${reasonsOf(each)}`);
  const victim = over(run, 'fault', [VICTIM]);
  const told = reasonsOf(victim) || 'nothing';
  const within = `${ms(victim.refused.quantileMs(0.99))} ms p99 of refusals`;
  printLine(`    ${VICTIM}: ${victim.ok.count} of ${victim.sent} answered; ${told}; ${within}`);
  printLine(`    ${VICTIM} well again ${recoveryMs(run)} ms after the end; load generator late ${lagOf(run)} ms p99`);
}

const lagOf = ({ report }: FaultRun): string => ms(report.lag.quantileMs(0.99));

printMachine();
const faulty = await FaultyFleet.start();
try {
  await seedTraffic(faulty.fleet);
  printLine(
    `\n${VICTIM} has the fault; the figures are of ${OTHERS.join(', ')} together. "worst" is the family with the`,
  );
  printLine(
    `largest ratio, "noise" the ratio of the quiet windows to each other. Aim: no errors, ratio at most ${RATIO_LIMIT}.\n`,
  );
  printRow(['fault', 'errors', 'quiet p99', 'fault p99', 'ratio', 'worst', 'noise', '']);
  for (const fault of FAULTS) printFault(fault, await runFault(faulty, fault));
  await measureNested(faulty.fleet);
} finally {
  await faulty.fleet.stop();
}
printMachine();
