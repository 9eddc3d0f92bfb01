/** `docs/performance.json`: what the benchmarks found when they last ran, each with its command; the pages about it are made of this. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { z } from 'zod';

const figureSchema = z.strictObject({
  title: z.string(),
  value: z.number(),
  unit: z.enum(['ratio', 'ms', 's', 'MiB', 'count', 'per second']),
  aim: z.union([z.strictObject({ atMost: z.number() }), z.strictObject({ atLeast: z.number() })]).optional(),
});
export type MeasuredFigure = z.infer<typeof figureSchema>;

const benchSchema = z.strictObject({
  /** The npm script. */
  name: z.string(),
  command: z.string(),
  measuredOn: z.iso.date(),
  /** Seconds that it took. */
  tookSeconds: z.number(),
  processors: z.number(),
  /** Load average of the machine when it began, which is what else ran. */
  loadBefore: z.number(),
  figures: z.array(figureSchema),
});
export type MeasuredBench = z.infer<typeof benchSchema>;

const fileSchema = z.strictObject({ benches: z.array(benchSchema) });

const file = path.resolve(import.meta.dirname, '..', 'docs', 'performance.json');

/** Of a line that a benchmark wrote. */
export const readFigure = (line: string): MeasuredFigure => figureSchema.parse(JSON.parse(line));

/** In the order of their names. */
export async function measuredBenches(): Promise<readonly MeasuredBench[]> {
  return fileSchema.parse(JSON.parse(await readFile(file, 'utf8'))).benches;
}

/** Takes the place of what was kept of the same benchmark. */
export async function keepBench(bench: MeasuredBench): Promise<void> {
  const others = (await measuredBenches()).filter(({ name }) => name !== bench.name);
  const benches = [...others, bench].sort((left, right) => (left.name < right.name ? -1 : 1));
  await writeFile(file, `${JSON.stringify({ benches }, undefined, 2)}\n`);
}

/** Whether the aim is met; undefined where there is none. */
export function isMet({ value, aim }: MeasuredFigure): boolean | undefined {
  if (aim === undefined) return undefined;
  return 'atMost' in aim ? value <= aim.atMost : value >= aim.atLeast;
}
