/** One round of closed-loop load with wrk, pinned to one core while the servers are pinned to the other. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

import { processorMicroseconds } from './processor-time.ts';

const run = promisify(execFile);

export interface LoadTarget {
  readonly name: string;
  readonly url: string;
  /** Processes whose time is charged to the requests. */
  readonly pids: readonly number[];
}

export interface RoundResult {
  readonly requestsPerSecond: number;
  readonly microsecondsPerRequest: number;
  /** Answers other than 2xx and broken connections. A round that has any measures nothing. */
  readonly failures: number;
}

export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
  readonly core: number;
}

async function loadRound(target: LoadTarget, options: LoadOptions): Promise<RoundResult> {
  const before = processorMicroseconds(target.pids);
  const { stdout } = await run('taskset', [
    ...['-c', String(options.core), 'wrk', '-t1', `-c${options.connections}`, `-d${options.seconds}s`, target.url],
  ]);
  const used = processorMicroseconds(target.pids) - before;
  const requests = Number(/(\d+) requests in/.exec(stdout)?.[1] ?? 0);
  const non2xx = Number(/Non-2xx or 3xx responses: (\d+)/.exec(stdout)?.[1] ?? 0);
  const broken = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)?.slice(1) ?? [];
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1] ?? 0),
    microsecondsPerRequest: requests === 0 ? Number.NaN : used / requests,
    failures: non2xx + broken.reduce((sum, each) => sum + Number(each), 0),
  };
}

/** Pins running processes, and all their threads, to a core. */
export async function pin(pids: readonly number[], core: number): Promise<void> {
  for (const pid of pids) await run('taskset', ['-a', '-c', '-p', String(core), String(pid)]);
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** All rounds of a target, in their order: rounds of one number lie beside each other in time. */
export type Rounds = readonly RoundResult[];

export function summary(rounds: Rounds): RoundResult {
  return {
    requestsPerSecond: median(rounds.map(({ requestsPerSecond }) => requestsPerSecond)),
    microsecondsPerRequest: median(rounds.map(({ microsecondsPerRequest }) => microsecondsPerRequest)),
    failures: rounds.reduce((sum, { failures }) => sum + failures, 0),
  };
}

/** The median of the ratios of rounds that lie beside each other, so that a slow minute of the machine hits both sides of each. */
export function pairedRatio(left: Rounds, right: Rounds, figure: keyof RoundResult): number {
  return median(left.map((result, round) => result[figure] / (right[round]?.[figure] ?? Number.NaN)));
}

/** Runs every target once a round, in turn. */
export async function interleave(
  targets: readonly LoadTarget[],
  rounds: number,
  options: LoadOptions,
): Promise<ReadonlyMap<string, Rounds>> {
  const results = new Map<string, RoundResult[]>(targets.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const target of targets) results.get(target.name)?.push(await loadRound(target, options));
  }
  return results;
}
