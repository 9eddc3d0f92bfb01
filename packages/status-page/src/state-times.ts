/** Sums of time in states. What is no number, or negative, counts as nothing. */
import type { StateTimes } from '@feedfleet/status-model';

const STATE_KEYS = ['up', 'degraded', 'down', 'maintenance', 'unknown'] as const;

export function sumOfTimes(all: readonly StateTimes[]): StateTimes {
  const sum = { up: 0, degraded: 0, down: 0, maintenance: 0, unknown: 0 };
  for (const times of all) for (const key of STATE_KEYS) sum[key] += atLeastNothing(times[key]);
  return sum;
}

/** `null` when nothing is known. */
export function uptimeOf({ up, degraded, down }: StateTimes): number | null {
  const known = up + degraded + down;
  return known > 0 ? (up + degraded) / known : null;
}

/** Of the whole time, each state's share; all zero when there is no time. */
export function sharesOf(times: StateTimes): StateTimes {
  const clean = sumOfTimes([times]);
  const whole = STATE_KEYS.reduce((sum, key) => sum + clean[key], 0);
  if (whole === 0) return clean;
  return {
    up: clean.up / whole,
    degraded: clean.degraded / whole,
    down: clean.down / whole,
    maintenance: clean.maintenance / whole,
    unknown: clean.unknown / whole,
  };
}

function atLeastNothing(ms: number): number {
  // A year of 366 days is the longest that anything here covers.
  return Number.isFinite(ms) && ms > 0 ? Math.min(ms, 366 * 86_400_000) : 0;
}
