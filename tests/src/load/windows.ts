/**
 * Windows of quiet and of trouble in turn, in one run of load, so that a slow minute of the machine meets both. Each round has two windows
 * of quiet: how the second compares to the first is what the comparison with the trouble is worth.
 */
import { setTimeout as delay } from 'node:timers/promises';

import { LoadRun, SLOT_MS } from '@feedfleet/load';
import type { GroupResult, LoadOptions, LoadReport } from '@feedfleet/load';

import { median, p99 } from './report-table.ts';

export interface WindowOptions extends Omit<LoadOptions, 'phase'> {
  readonly rounds: number;
  /** Of each window, in milliseconds. */
  readonly windowMs: number;
  /** After the end of the trouble, in milliseconds. */
  readonly restMs: number;
  /** Begins the trouble. @returns what ends it. */
  readonly trouble: () => TroubleEnd | Promise<TroubleEnd>;
}

type TroubleEnd = () => void | Promise<void>;
type Kind = 'quiet' | 'control' | 'trouble' | 'rest';

const WARM_UP_MS = 3_000;
const KINDS = ['quiet', 'control', 'trouble', 'rest'] as const satisfies readonly Kind[];

export async function runWindows({ rounds, windowMs, restMs, trouble, ...load }: WindowOptions): Promise<Windows> {
  const run = new LoadRun({ ...load, phase: 'warm-up' });
  const endsMs: number[] = [];
  try {
    await delay(WARM_UP_MS);
    for (let round = 0; round < rounds; round += 1) {
      run.enter(`quiet ${round}`);
      await delay(windowMs);
      run.enter(`control ${round}`);
      await delay(windowMs);
      run.enter(`trouble ${round}`);
      const end = await trouble();
      await delay(windowMs);
      run.enter(`rest ${round}`);
      endsMs.push(run.elapsedMs);
      await end();
      await delay(restMs);
    }
  } catch (error) {
    await run.stop();
    throw error;
  }
  return new Windows(await run.stop(), endsMs, restMs);
}

export class Windows {
  readonly report: LoadReport;
  readonly #endsMs: readonly number[];
  readonly #restMs: number;

  /** @param endsMs - when each trouble ended, in milliseconds of the run. */
  constructor(report: LoadReport, endsMs: readonly number[], restMs: number) {
    this.report = report;
    this.#endsMs = endsMs;
    this.#restMs = restMs;
  }

  /** The groups together, over all windows of the kind. */
  over(kind: Kind, groups: readonly string[]): GroupResult {
    const sum = this.report.sum('none', groups);
    for (const round of this.#endsMs.keys()) sum.add(this.#of(kind, round, groups));
    return sum;
  }

  errors(groups: readonly string[]): number {
    return KINDS.reduce((sum, kind) => sum + this.over(kind, groups).errors, 0);
  }

  /** p99 in trouble over p99 in the quiet before it; the median of the rounds. */
  ratio(groups: readonly string[]): number {
    return this.#median((round) => {
      const quiet = this.#of('quiet', round, groups);
      quiet.add(this.#of('control', round, groups));
      return p99(this.#of('trouble', round, groups)) / p99(quiet);
    });
  }

  /** The same of two windows of quiet. */
  control(groups: readonly string[]): number {
    return this.#median((round) => p99(this.#of('control', round, groups)) / p99(this.#of('quiet', round, groups)));
  }

  #median(figure: (round: number) => number): number {
    return median([...this.#endsMs.keys()].map(figure));
  }

  #of(kind: Kind, round: number, groups: readonly string[]): GroupResult {
    return this.report.sum(`${kind} ${round}`, groups);
  }

  /** How long after the end of the trouble a request came that was not answered as it should; the worst, in milliseconds. */
  recoveryMs(group: string): number {
    const slots = this.report.timeline(group);
    const each = this.#endsMs.map((endMs) => {
      const after = slots.slice(Math.floor(endMs / SLOT_MS), Math.floor((endMs + this.#restMs) / SLOT_MS));
      return (after.findLastIndex(({ failed, refused }) => failed + refused > 0) + 1) * SLOT_MS;
    });
    return Math.max(...each);
  }
}
