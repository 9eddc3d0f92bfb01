/**
 * `npm run bench:changes`: 1,000 random changes of routes, reroutes of every family to every other, drains and restarts of instances and
 * new certificates, under load at a fixed rate, with `dotnet restore` running through where there is one. Nothing may fail, and nothing
 * may be answered by what belongs to another feed or family.
 */
import { spawnSync } from 'node:child_process';

import { CHANGE_GROUPS, CHANGE_PHASES, changeUnderLoad } from '../../load/changes/change-under-load.ts';
import { ms, printLine, printMachine, printRow, reasonsOf } from '../../load/report-table.ts';
import { recordFigure } from '../figures.ts';

const readsPerSecond = Number(process.env.BENCH_RATE ?? 40);
const routeChanges = Number(process.env.BENCH_CHANGES ?? 1_000);
const withDotnet = spawnSync('which', ['dotnet']).status === 0;

printMachine();
if (!withDotnet) printLine('dotnet is not there: no restore runs through');
const { report, made, late, restoreFailures } = await changeUnderLoad({
  ...{ readsPerSecond, routeChanges, withDotnet, rollOvers: 4, certificates: 40, holdMs: 1_000, seed: Date.now() },
});
printLine(`\n${readsPerSecond} requests a second and family, each looked at for its feed, family and content.`);
printLine(
  `${made.routes} changes of routes, ${late.length} of them not in force when the registry said so; ${made.reroutes} reroutes;`,
);
printLine(`${made.rollOvers} times drained and restarted; ${made.certificates} certificates.\n`);
printRow(['while changing', 'requests', 'failed', 'misrouted', 'p50', 'p99', '']);
for (const phase of CHANGE_PHASES) {
  const all = report.sum(phase, CHANGE_GROUPS);
  const misrouted = all.reasons.get('misrouted') ?? 0;
  const figures = [
    all.sent,
    all.errors - misrouted,
    misrouted,
    ms(all.ok.quantileMs(0.5)),
    ms(all.ok.quantileMs(0.99)),
  ];
  printRow([phase, ...figures, all.errors === 0 ? 'ok' : 'MISSED']);
  const aim = { atMost: 0 };
  recordFigure({ title: `${phase}: failed`, value: all.errors - misrouted, unit: 'count', aim });
  recordFigure({ title: `${phase}: misrouted`, value: misrouted, unit: 'count', aim });
  for (const group of CHANGE_GROUPS) {
    const result = report.of(phase, group);
    if (result.errors > 0) printLine(`    ${group}: ${reasonsOf(result)}`);
  }
}
for (const each of late) printLine(`  late: ${each}`);
printLine(`\n${made.restores} x dotnet restore, ${restoreFailures.length} failed`);
for (const each of restoreFailures) printLine(`  ${each}`);
printMachine();
