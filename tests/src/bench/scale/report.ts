/** The tables of `npm run bench:scale`. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { recordFigure } from '../figures.ts';
import type { HotQuery } from './hot-queries.ts';
import { percentile } from './measure.ts';
import type { FoundPage, Sample } from './measure.ts';

export interface QueryCost {
  readonly size: number;
  /** One sample a round. */
  readonly rounds: readonly Sample[];
  /** Of searches. */
  readonly page: FoundPage | undefined;
}

interface Figures {
  readonly kilobytes: number;
  /** Milliseconds, of all requests. */
  readonly p50: number;
  /** Milliseconds, the median of the rounds' own: the 1 % that one bad moment of the machine slows down does not decide. */
  readonly p99: number;
  /** Milliseconds that the main thread has run, of all requests: no other process of the machine is in it. */
  readonly p99Work: number;
  readonly microsecondsPerRequest: number;
}

type Measured = QueryCost & Figures;

const FLAT_AIM = 1.5;
const MEMORY_AIM_MIB = 300;
const WIDTHS = [14, 9, 8, 9, 9, 12, 16];

const row = (cells: readonly string[]): string =>
  `${cells.map((cell, column) => (column === 0 ? cell.padEnd(WIDTHS[0] ?? 0) : cell.padStart(WIDTHS[column] ?? 0))).join('')}\n`;
const print = (text: string): void => {
  process.stdout.write(text);
};

/** Prints what a query costs at each size; @returns the lines that compare sizes, for the summary. */
export function printQuery(query: HotQuery, costs: readonly QueryCost[]): readonly string[] {
  const measured = costs.map((cost) => ({ ...cost, ...figuresOf(cost.rounds) }));
  print(`\n${query.title}\n`);
  print(row(['  versions', 'found', 'KB', 'p50 ms', 'p99 ms', 'p99 CPU ms', 'us CPU/request']));
  for (const { size, page, kilobytes, p50, p99, p99Work, microsecondsPerRequest } of measured) {
    const found = page === undefined ? '' : String(page.found);
    const times = [p50, p99, p99Work].map((milliseconds) => milliseconds.toFixed(2));
    print(row([`  ${size}`, found, kilobytes.toFixed(1), ...times, microsecondsPerRequest.toFixed(0)]));
  }
  const lines = comparisons(query, measured);
  lines.forEach((line) => {
    print(`  ${line}\n`);
  });
  return lines;
}

function figuresOf(rounds: readonly Sample[]): Figures {
  const latencies = rounds.flatMap((sample) => sample.latencies);
  const mean = (figure: 'bodyBytes' | 'processorMicroseconds'): number =>
    rounds.reduce((sum, sample) => sum + sample[figure], 0) / latencies.length;
  return {
    kilobytes: mean('bodyBytes') / 1000,
    p50: percentile(latencies, 0.5),
    p99: percentile(
      rounds.map((sample) => percentile(sample.latencies, 0.99)),
      0.5,
    ),
    p99Work:
      percentile(
        rounds.flatMap((sample) => sample.work),
        0.99,
      ) / 1000,
    microsecondsPerRequest: mean('processorMicroseconds'),
  };
}

/** With the smallest feed whose page is as full as the largest one's; and between those in which a search finds all that it may. */
function comparisons({ title: name, growth, mostFound }: HotQuery, measured: readonly Measured[]): readonly string[] {
  const largest = measured.at(-1);
  const from = measured.find(({ page }) => page?.shown === largest?.page?.shown);
  if (largest === undefined || from === undefined || from === largest) return [];
  const logarithms = Math.log(largest.size) / Math.log(from.size);
  const aim = growth === 'flat' ? FLAT_AIM : FLAT_AIM * logarithms;
  const title = `${name}: p99 at ${largest.size} / at ${from.size} versions`;
  recordFigure({ title, value: largest.p99 / from.p99, unit: 'ratio', aim: { atMost: aim } });
  const lines = [
    `${compared(from, largest)}; aim for p99: at most ${aim.toFixed(2)}, ${growth}: ${verdictOn(from, largest, aim)}`,
  ];
  const full = measured.find(({ page }) => page !== undefined && page.found >= (mostFound ?? Infinity));
  if (full !== undefined && full !== largest) {
    lines.push(`${compared(full, largest)}, where the ${mostFound ?? 0} that a search may find are found`);
  }
  return lines;
}

/** On a busy machine the time of an answer is also that of others; the work is not. */
function verdictOn(from: Measured, to: Measured, aim: number): string {
  const holds = { time: to.p99 / from.p99 <= aim, CPU: to.p99Work / from.p99Work <= aim };
  if (holds.time === holds.CPU) return holds.time ? 'holds' : 'ABOVE';
  return holds.CPU ? 'holds by CPU, not by time' : 'holds by time, not by CPU';
}

function compared(from: Measured, to: Measured): string {
  const ratio = (figure: 'p50' | 'p99' | 'p99Work' | 'microsecondsPerRequest'): string =>
    (to[figure] / from[figure]).toFixed(2);
  return `${to.size} / ${from.size}: p50 ${ratio('p50')}, p99 ${ratio('p99')}, CPU ${ratio('microsecondsPerRequest')}, p99 of CPU ${ratio('p99Work')}`;
}

export function printSummary(queries: ReadonlyMap<string, readonly string[]>): void {
  print('\nall growths\n');
  for (const [title, lines] of queries)
    lines.forEach((line) => {
      print(`  ${title}: ${line}\n`);
    });
}

export function printPushes(rates: readonly { readonly size: number; readonly perSecond: number }[]): void {
  print(`\npushes of small packages through the balancer, 8 at a time\n${row(['  versions', 'pushes/s'])}`);
  for (const { size, perSecond } of rates) print(row([`  ${size}`, perSecond.toFixed(0)]));
}

/** What a process has for itself: pages of files, which it shares with the system's cache, are not counted. */
export function printMemory(size: number, pids: readonly number[]): void {
  print(`\nprivate memory in the fleet of ${size} versions, MiB (aim: at most ${MEMORY_AIM_MIB} each)\n`);
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kib = Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
    print(row([`  ${nameOf(pid)}`, (kib / 1024).toFixed(0)]));
  }
}

/** The folder of the program that it runs: `v2`, `push`, `supervisor`. */
function nameOf(pid: number): string {
  const entry = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
    .split('\0')
    .find((argument) => /main\.[jt]s$/.test(argument));
  return entry === undefined ? String(pid) : path.basename(path.dirname(entry).replace(/\/src$/, ''));
}
