/** Figures of a load report as lines of a table. */
import { loadavg } from 'node:os';

import type { GroupResult } from '@feedfleet/load';

const FIRST_WIDTH = 26;
const WIDTH = 11;

export function printRow(cells: readonly (string | number)[]): void {
  const [first = '', ...rest] = cells;
  const line = String(first).padEnd(FIRST_WIDTH) + rest.map((cell) => ` ${String(cell).padStart(WIDTH - 1)}`).join('');
  process.stdout.write(`${line.trimEnd()}\n`);
}

export function printLine(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Figures of shared machines are worth no more than what else ran. */
export function printMachine(): void {
  printLine(`load average ${loadavg()[0]?.toFixed(1) ?? '?'} over the last minute`);
}

export const ms = (value: number): string => (Number.isNaN(value) ? '-' : value.toFixed(value < 10 ? 2 : 1));
export const ratio = (value: number): string => (Number.isFinite(value) ? value.toFixed(2) : '-');
export const p99 = ({ ok }: GroupResult): number => ok.quantileMs(0.99);
export const reasonsOf = ({ reasons }: GroupResult): string =>
  [...reasons].map(([reason, count]) => `${count} x ${reason}`).join(', ');

/** The middle one, or the mean of the two in the middle; `NaN` of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  return ((low ?? NaN) + (high ?? NaN)) / 2;
}
