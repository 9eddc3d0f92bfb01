/** The tables of `npm run bench:scale`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import type { HotQuery } from './hot-queries.ts';

interface QueryCost {
  readonly size: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly microsecondsPerRequest: number;
}

const FLAT_AIM = 1.5;
const MEMORY_AIM_MIB = 300;

const row = (cells: readonly string[]): string =>
  `${cells.map((cell, column) => (column === 0 ? cell.padEnd(14) : cell.padStart(16))).join('')}\n`;

export function printQuery(query: HotQuery, costs: readonly QueryCost[]): void {
  process.stdout.write(`\n${query.title}\n${row(['  versions', 'p50 ms', 'p99 ms', 'us CPU/request'])}`);
  for (const { size, p50, p99, microsecondsPerRequest } of costs) {
    process.stdout.write(row([`  ${size}`, p50.toFixed(2), p99.toFixed(2), microsecondsPerRequest.toFixed(0)]));
  }
  const [smallest, largest] = [costs[0], costs.at(-1)];
  if (smallest === undefined || largest === undefined || smallest === largest) return;
  const logarithms = Math.log(largest.size) / Math.log(smallest.size);
  const aim = query.growth === 'flat' ? FLAT_AIM : FLAT_AIM * logarithms;
  const ratio = (figure: 'p50' | 'p99' | 'microsecondsPerRequest'): string =>
    (largest[figure] / smallest[figure]).toFixed(2);
  process.stdout.write(
    `  largest / smallest: p50 ${ratio('p50')}, p99 ${ratio('p99')} (aim: at most ${aim.toFixed(1)}, ${query.growth}), CPU ${ratio('microsecondsPerRequest')}\n`,
  );
}

export function printPushes(rates: readonly { readonly size: number; readonly perSecond: number }[]): void {
  process.stdout.write(
    `\npushes of small packages through the balancer, 8 at a time\n${row(['  versions', 'pushes/s'])}`,
  );
  for (const { size, perSecond } of rates) process.stdout.write(row([`  ${size}`, perSecond.toFixed(0)]));
}

/** What a process has for itself: pages of files, which it shares with the system's cache, are not counted. */
export function printMemory(size: number, pids: readonly number[]): void {
  process.stdout.write(
    `\nprivate memory in the fleet of ${size} versions, MiB (aim: at most ${MEMORY_AIM_MIB} each)\n`,
  );
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    process.stdout.write(row([`  ${nameOf(pid)}`, (kib / 1024).toFixed(0)]));
  }
}

/** The folder of the program that it runs: `v2`, `push`, `supervisor`. */
function nameOf(pid: number): string {
  const entry = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .find((argument) => /main\.[jt]s$/.test(argument));
  return entry === undefined ? String(pid) : path.basename(path.dirname(entry).replace(/\/src$/, ''));
}
