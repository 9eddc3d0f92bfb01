/**
 * `npm run bench:load-generator`: how far the percentiles of the load generator are from the truth, against a server whose delays are known and
 * which stands still for a second; what a client that waits for its answers says of the same server; and how many requests a second the
 * generator starts in time from one core.
 *
 * The truth of a request is when the server answered it, by the clock that both processes share, from when it was to start. What the generator
 * says beyond that is its own error: its lateness, its reading, and the width of its buckets.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { ClosedLoop, LoadRun } from '@feedfleet/load';

import { printLine, printMachine, printRow } from '../../load/report-table.ts';
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
/** Of the truth, or this many milliseconds where that is more. */
const ERROR_SHARE = 0.02;
const ERROR_MS = 1;

/** 90 % of the requests take 1 ms, 9 % 10 ms, 0.9 % 50 ms, 0.1 % 200 ms, in no order. */
function delayOf(turn: number): number {
  const place = (turn * 617) % 1000;
  if (place < 900) return 1;
  if (place < 990) return 10;
  return place < 999 ? 50 : 200;
}

const requestTo = (server: KnownServer) => (turn: number) => ({
  url: `${server.url}/?turn=${turn}&ms=${delayOf(turn)}`,
});

interface Measured {
  readonly truth: readonly number[];
  readonly said: readonly number[];
}

async function openLoop(server: KnownServer): Promise<Measured> {
  await server.forget();
  const request = requestTo(server);
  const run = new LoadRun({
    groups: [{ name: 'all', ratePerSecond: RATE, maxConnections: 2_000, request }],
    phase: 'only',
  });
  const startMs = server.nowMs() - run.elapsedMs;
  await delay((SECONDS * 1000) / 2);
  server.standStill(STALL_MS);
  await delay((SECONDS * 1000) / 2);
  const { ok, errors } = (await run.stop()).of('only', 'all');
  if (errors > 0) throw new Error(`${errors} requests were not answered`);
  const { answeredMs } = await server.account();
  const truth = answeredMs.flatMap((at, turn) => (at === null ? [] : [at - (startMs + (turn * 1000) / RATE)]));
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
  let isExact = true;
  for (const [place, share] of SHARES.entries()) {
    const [true_ = NaN, found = NaN] = [truth[place], said[place]];
    const error = found - true_;
    isExact &&= Math.abs(error) <= Math.max(ERROR_MS, ERROR_SHARE * true_);
    printRow([
      nameOf(share),
      ms(true_),
      ms(found),
      ms(error),
      `${((error / true_) * 100).toFixed(1)} %`,
      ms(closed[place]),
    ]);
  }
  printLine(`within ${ERROR_MS} ms or ${ERROR_SHARE * 100} % of the truth: ${isExact ? 'yes' : 'NO'}`);
}

async function printSpeed(server: KnownServer): Promise<void> {
  printLine(`\nSpeed, ${SPEED_SECONDS} s each, one process, one thread`);
  printRow(['asked for', 'answered', 'errors', 'late p99', 'late max', 'cores used', 'p99']);
  for (const rate of SPEEDS) {
    await server.forget();
    const run = new LoadRun({
      groups: [
        {
          name: 'all',
          ratePerSecond: rate,
          maxConnections: 64,
          request: () => ({ url: `${server.url}/?turn=0&ms=0` }),
        },
      ],
      phase: 'only',
    });
    const before = process.cpuUsage();
    await delay(SPEED_SECONDS * 1000);
    const { user, system } = process.cpuUsage(before);
    const answered = run.report.of('only', 'all').ok.count / (run.elapsedMs / 1000);
    const cores = (user + system) / 1e6 / SPEED_SECONDS;
    const { lag, ...report } = await run.stop().then((ended) => ({ lag: ended.lag, of: ended.of('only', 'all') }));
    const late = lag.quantileMs(0.99);
    printRow([
      `${rate}/s`,
      `${answered.toFixed(0)}/s`,
      report.of.errors,
      ms(late),
      ms(lag.maxMs),
      cores.toFixed(2),
      ms(report.of.ok.quantileMs(0.99)),
    ]);
    if (rate === WANTED_PER_SECOND) {
      const isHeld = answered > rate * 0.99 && late < LATE_MS;
      printLine(`${WANTED_PER_SECOND} requests/s from one core, in time: ${isHeld ? 'yes' : 'NO'}`);
    }
  }
}

const server = await KnownServer.start();
try {
  printMachine();
  printAccuracy(await openLoop(server), await closedLoop(server));
  await printSpeed(server);
} finally {
  await server.stop();
}
