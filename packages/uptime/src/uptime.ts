/**
 * How long what was the case, and which share of it was up.
 *
 * uptime = (up + degraded) / (up + degraded + down), by time. Maintenance and unknown are in neither part, and shown beside it.
 */
import type { StateTimes } from '@feedfleet/status-model';

import type { Span } from './timeline.ts';

export const NO_TIMES: StateTimes = { up: 0, degraded: 0, down: 0, maintenance: 0, unknown: 0 };

/** In milliseconds. */
export function timesOf(spans: readonly Span[]): StateTimes {
  const times = { ...NO_TIMES };
  for (const { from, to, state } of spans) times[state] += to - from;
  return times;
}

export function addTimes(left: StateTimes, right: StateTimes): StateTimes {
  return {
    up: left.up + right.up,
    degraded: left.degraded + right.degraded,
    down: left.down + right.down,
    maintenance: left.maintenance + right.maintenance,
    unknown: left.unknown + right.unknown,
  };
}

/** @returns from 0 to 1; `null` when nothing is known. */
export function uptimeOf({ up, degraded, down }: StateTimes): number | null {
  const known = up + degraded + down;
  return known > 0 ? (up + degraded) / known : null;
}

const monthsOfTheAverage = 12;

/** The mean of the last twelve months that have an uptime, each counting the same, as tables of uptime by month have it. */
export function averageUptimeOf(months: readonly { readonly uptime: number | null }[]): number | null {
  const known = months.slice(-monthsOfTheAverage).flatMap(({ uptime }) => (uptime === null ? [] : [uptime]));
  return known.length === 0 ? null : known.reduce((sum, uptime) => sum + uptime, 0) / known.length;
}
