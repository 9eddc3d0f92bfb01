/** What is known of a component's past: days, months, latency. Read once after each time that it is summed up. */
import type { DayReport, LatencyReport, MonthReport, StateTimes } from '@feedfleet/status-model';
import {
  addHistograms,
  addTimes,
  DAY_MS,
  dayNameOf,
  decodeHistogram,
  HOUR_MS,
  monthNameOf,
  monthsBetween,
  NO_TIMES,
  periodOfMonth,
  quantileOf,
  startOfLastYear,
  uptimeOf,
} from '@feedfleet/uptime';
import type { LatencyHistogram, Period } from '@feedfleet/uptime';

import type { Row, StatusDatabase } from '../storage/status-database.ts';
import type { Accounting } from './accounting.ts';
import type { KnownComponent, SampleStore } from './sample-store.ts';

export interface ComponentHistory {
  readonly days: readonly DayReport[];
  readonly months: readonly Omit<MonthReport, 'availability'>[];
  /** Of the last 24 hours. */
  readonly latency: LatencyReport;
}

const daysShown = 90;
const latencyHours = 24;

function knownTimes(row: Row): StateTimes {
  const number = (column: string): number => Number(row[column]);
  return {
    up: number('up_ms'),
    degraded: number('degraded_ms'),
    down: number('down_ms'),
    maintenance: number('maintenance_ms'),
    unknown: 0,
  };
}

/** Both to a tenth of a millisecond; more is not known. */
function quantilesOf(histogram: LatencyHistogram): { readonly p50Ms: number | null; readonly p95Ms: number | null } {
  const rounded = (share: number): number | null => {
    const exact = quantileOf(histogram, share);
    return exact === null ? null : Math.round(exact * 10) / 10;
  };
  return { p50Ms: rounded(0.5), p95Ms: rounded(0.95) };
}

export class History {
  readonly #database: StatusDatabase;
  readonly #samples: SampleStore;
  readonly #accounting: Accounting;
  readonly #kept = new Map<string, ComponentHistory>();
  #keptRound = Number.NaN;

  constructor(database: StatusDatabase, samples: SampleStore, accounting: Accounting) {
    this.#database = database;
    this.#samples = samples;
    this.#accounting = accounting;
  }

  of(component: string): ComponentHistory {
    const { horizon, round } = this.#accounting;
    if (this.#keptRound !== round) this.#kept.clear();
    this.#keptRound = round;
    let history = this.#kept.get(component);
    if (history === undefined) {
      history = this.#read(this.#samples.component(component), horizon);
      this.#kept.set(component, history);
    }
    return history;
  }

  #read(known: KnownComponent | undefined, horizon: number): ComponentHistory {
    const today = Math.floor(horizon / DAY_MS);
    const sums = known === undefined ? new Map<number, StateTimes>() : this.#daySums(known, horizon);
    const firstAt = known?.firstAt ?? horizon;
    const complete = (times: StateTimes, { from, to }: Period) => {
      const looked = Math.max(0, Math.min(to, horizon) - Math.max(from, firstAt));
      const unknown = Math.max(0, looked - times.up - times.degraded - times.down - times.maintenance);
      return { times: { ...times, unknown }, uptime: uptimeOf(times) };
    };
    const days = Array.from({ length: daysShown }, (_each, index) => today - daysShown + 1 + index).map((day) => ({
      day: dayNameOf(day * DAY_MS),
      ...complete(sums.get(day) ?? NO_TIMES, { from: day * DAY_MS, to: (day + 1) * DAY_MS }),
    }));
    const byMonth = Map.groupBy(sums, ([day]) => monthNameOf(day * DAY_MS));
    const since = Math.max(firstAt, startOfLastYear(horizon));
    const months = (known === undefined ? [] : monthsBetween(since, horizon)).map((month) => {
      const times = (byMonth.get(month) ?? []).reduce((all, [, each]) => addTimes(all, each), NO_TIMES);
      return { month, ...complete(times, periodOfMonth(month)) };
    });
    return { days, months, latency: this.#latency(known, horizon) };
  }

  /** By day since the epoch, of this year, of the last one, and of the days that are shown. */
  #daySums({ key }: KnownComponent, horizon: number): ReadonlyMap<number, StateTimes> {
    const from = Math.min(startOfLastYear(horizon), horizon - daysShown * DAY_MS);
    const rows = this.#database.all(
      'SELECT day, up_ms, degraded_ms, down_ms, maintenance_ms FROM day_sum WHERE component_key = ? AND day >= ? ORDER BY day',
      key,
      Math.floor(from / DAY_MS),
    );
    return new Map(rows.map((row) => [Number(row.day), knownTimes(row)]));
  }

  #latency(known: KnownComponent | undefined, horizon: number): LatencyReport {
    const last = Math.floor(horizon / HOUR_MS);
    const hours = Array.from({ length: latencyHours }, (_each, index) => last - latencyHours + 1 + index);
    const rows =
      known === undefined
        ? []
        : this.#database.all(
            'SELECT hour, latency FROM hour_sum WHERE component_key = ? AND hour > ? AND hour <= ?',
            known.key,
            last - latencyHours,
            last,
          );
    const measured = new Map(rows.map((row) => [Number(row.hour), decodeHistogram(row.latency as Uint8Array)]));
    const points = hours.map((hour) => ({
      at: new Date(hour * HOUR_MS).toISOString(),
      ...quantilesOf(measured.get(hour) ?? new Map()),
    }));
    return { ...quantilesOf(addHistograms(measured.values())), points };
  }
}
