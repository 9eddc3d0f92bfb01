/**
 * `npm run bench:load-generator`: how far the percentiles of the load generator are from the truth, against a server whose delays are known and
 * which stands still for a second; what a client that waits for its answers says of the same server; and how many requests a second the
 * generator starts in time from one core.
 *
 * The truth of a request is its known delay and the stall, from when it was to start: nothing of it is measured but when the stall was. What the
 * generator says beyond that is its error: its lateness, its reading, the width of its buckets, and what the server and the way to it take. Where other things run, it lacks processors as
 * everything does, and says so; `chrt -f 5 npm run bench:load-generator` gives it what it needs.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { ClosedLoop, LoadRun } from '@feedfleet/load';

import { printLine, printMachine, printRow } from '../../load/report-table.ts';
import { recordFigure } from '../figures.ts';
import { delayOf, knownLatencyMs } from './known-answers.ts';
import { KnownServer } from './known-server-process.ts';

const RATE = 1_000;
const SECONDS = Number(process.env.BENCH_SECONDS ?? 20);
const STALL_MS = 1_000;
const CLOSED_CLIENTS = 10;
const SHARES = [0.5, 0.9, 0.99, 0.999, 1] as const;
const SPEEDS = [5_000, 10_000, 15_000, 20_000];
const SPEED_SECONDS = 5;
const WANTED_PER_SECOND = 5_000;
/** A generator that starts requests later than this does not hold its rate. */
const LATE_MS = 10;
/** Of the truth, or this many milliseconds where that is more: the generator looks at its clock once a millisecond, and the way to the server takes time. */
const ERROR_SHARE = 0.02;
const ERROR_MS = 2;

const requestTo = (server: KnownServer) => (turn: number) => ({
  url: `${server.url}/?ms=${delayOf(turn)}`,
});

interface Measured {
  readonly truth: readonly number[];
  readonly said: readonly number[];
}

async function openLoop(server: KnownServer): Promise<Measured> {
  const request = requestTo(server);
  const run = new LoadRun({
    groups: [{ name: 'all', ratePerSecond: RATE, maxConnections: 100, request }],
    phase: 'only',
  });
  const startMs = server.nowMs() - run.elapsedMs;
  await delay((SECONDS * 1000) / 2);
  server.standStill(STALL_MS);
  await delay((SECONDS * 1000) / 2);
  const { ok, reasons, sent } = (await run.stop()).of('only', 'all');
  if (reasons.size > 0) throw new Error(`not answered: ${JSON.stringify([...reasons])}`);
  const stall = await server.lastStall();
  const truth = Array.from({ length: sent }, (_, turn) =>
    knownLatencyMs(startMs + (turn * 1000) / RATE, delayOf(turn), stall),
  );
  return { truth: quantiles(truth), said: ok.quantilesMs(SHARES) };
}

/** What it would say of the same delays and the same stall. */
async function closedLoop(server: KnownServer): Promise<readonly number[]> {
  const loop = new ClosedLoop({ clients: CLOSED_CLIENTS, ratePerSecond: RATE, request: requestTo(server) });
  await delay((SECONDS * 1000) / 2);
  server.standStill(STALL_MS);
  await delay((SECONDS * 1000) / 2);
  await loop.stop();
  return loop.latencies.quantilesMs(SHARES);
}

function quantiles(values: readonly number[]): readonly number[] {
  const sorted = values.toSorted((left, right) => left - right);
  return SHARES.map((share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN);
}

const ms = (value: number | undefined): string => `${(value ?? Number.NaN).toFixed(2)} ms`;
const nameOf = (share: number): string => (share === 1 ? 'slowest' : `p${share * 100}`);

function printAccuracy({ truth, said }: Measured, closed: readonly number[]): void {
  printLine(`\nPercentiles at ${RATE} requests/s for ${SECONDS} s, with a stall of ${STALL_MS} ms`);
  printRow(['', 'truth', 'generator', 'error', '', 'closed loop']);
  let worst = 0;
  for (const [place, share] of SHARES.entries()) {
    const [true_ = NaN, found = NaN] = [truth[place], said[place]];
    const error = found - true_;
    if (Math.abs(error) > ERROR_MS) worst = Math.max(worst, Math.abs(error) / true_);
    printRow([
      nameOf(share),
      ms(true_),
      ms(found),
      ms(error),
      `${((error / true_) * 100).toFixed(1)} %`,
      ms(closed[place]),
    ]);
  }
  printLine(`within ${ERROR_MS} ms or ${ERROR_SHARE * 100} % of the truth: ${worst <= ERROR_SHARE ? 'yes' : 'NO'}`);
  recordFigure({
    title: `worst error of a percentile, beyond ${ERROR_MS} ms`,
    value: worst,
    unit: 'ratio',
    aim: { atMost: ERROR_SHARE },
  });
}

interface Speed {
  readonly answeredPerSecond: number;
  readonly errors: number;
  readonly lateMs: number;
  readonly lateMaxMs: number;
  readonly cores: number;
  readonly p99Ms: number;
}

async function speedAt(server: KnownServer, ratePerSecond: number): Promise<Speed> {
  const request = () => ({ url: `${server.url}/?ms=0` });
  const run = new LoadRun({ groups: [{ name: 'all', ratePerSecond, maxConnections: 64, request }], phase: 'only' });
  const before = process.cpuUsage();
  await delay(SPEED_SECONDS * 1000);
  const { user, system } = process.cpuUsage(before);
  const answeredPerSecond = run.report.of('only', 'all').ok.count / (run.elapsedMs / 1000);
  const report = await run.stop();
  const { ok, errors } = report.of('only', 'all');
  return {
    ...{ answeredPerSecond, errors, p99Ms: ok.quantileMs(0.99) },
    ...{ lateMs: report.lag.quantileMs(0.99), lateMaxMs: report.lag.maxMs },
    cores: (user + system) / 1e6 / SPEED_SECONDS,
  };
}

async function printSpeed(server: KnownServer): Promise<void> {
  printLine(`\nSpeed, ${SPEED_SECONDS} s each, one process, one thread`);
  printRow(['asked for', 'answered', 'errors', 'late p99', 'late max', 'cores used', 'p99']);
  let held = 0;
  for (const rate of SPEEDS) {
    const { answeredPerSecond, errors, lateMs, lateMaxMs, cores, p99Ms } = await speedAt(server, rate);
    const isInTime = answeredPerSecond > rate * 0.99 && lateMs < LATE_MS && cores <= 1;
    if (isInTime) held = rate;
    printRow([
      ...[
        `${rate}/s`,
        `${answeredPerSecond.toFixed(0)}/s`,
        errors,
        ms(lateMs),
        ms(lateMaxMs),
        cores.toFixed(2),
        ms(p99Ms),
      ],
    ]);
  }
  printLine(`${WANTED_PER_SECOND} requests/s from one core, in time: ${held >= WANTED_PER_SECOND ? 'yes' : 'NO'}`);
  const aim = { atLeast: WANTED_PER_SECOND };
  recordFigure({ title: 'requests a second that one core starts in time', value: held, unit: 'per second', aim });
}

const server = await KnownServer.start();
try {
  printMachine();
  printAccuracy(await openLoop(server), await closedLoop(server));
  await printSpeed(server);
} finally {
  await server.stop();
}
