/** What a run showed of a law: held, broken, or not measured by it. Pure. */
import type { Verdict } from '@feedfleet/load';

export function judged(law: string, isHeld: boolean, words: Pick<Verdict, 'expected' | 'measured'>): Verdict {
  return { law, outcome: isHeld ? 'held' : 'broken', ...words };
}

export function notMeasured(law: string, why: string): Verdict {
  return { law, outcome: 'not measured', expected: '', measured: why };
}

export interface LatencyComparison {
  readonly quietMs: number;
  readonly disturbedMs: number;
  /** At most so many times the quiet. */
  readonly times: number;
  /** Differences below are those of schedulers and collectors on a machine that is shared, in milliseconds. */
  readonly floorMs: number;
}

/** The larger of a ratio and a difference: a quiet p99 of a few milliseconds doubles when anything else runs. */
export function isWithin({ quietMs, disturbedMs, times, floorMs }: LatencyComparison): boolean {
  return disturbedMs <= Math.max(times * quietMs, quietMs + floorMs);
}

/** Whether nothing was broken. */
export function isMet(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ outcome }) => outcome !== 'broken');
}
