/**
 * Uptime and latency: the samples of each hour that something touched are summed up anew, hours make days, days make months.
 *
 * So a sample that comes a week late counts as if it had come in time. It goes on in slices, and gives way to requests between them.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Maintenance } from '@feedfleet/status-model';
import {
  addHistograms,
  DAY_MS,
  decodeHistogram,
  encodeHistogram,
  histogramOf,
  HOUR_MS,
  timelineOf,
  timesOf,
} from '@feedfleet/uptime';
import type { Observed, Period } from '@feedfleet/uptime';

import type { Row, StatusDatabase } from '../storage/status-database.ts';
import type { SampleStore } from './sample-store.ts';
import { VERDICTS } from './verdict-codes.ts';

export interface AccountingOptions {
  readonly database: StatusDatabase;
  readonly samples: SampleStore;
  readonly maintenanceBetween: (from: number, to: number) => readonly Maintenance[];
}

/** A day longer than observers queue, in milliseconds. */
export const RAW_KEPT_MS = 8 * DAY_MS;
export const HOURS_KEPT_MS = 400 * DAY_MS;
const sliceMs = 5;
const rowsASlice = 50;
const hoursADay = 24;

interface DirtyHour {
  readonly key: number;
  readonly hour: number;
}

interface DirtyDay {
  readonly key: number;
  readonly day: number;
}

const upsertSum = (table: 'hour_sum' | 'day_sum', column: 'hour' | 'day'): string =>
  `INSERT OR REPLACE INTO ${table} (component_key, ${column}, up_ms, degraded_ms, down_ms, maintenance_ms, latency)
   VALUES (?, ?, ?, ?, ?, ?, ?)`;

/** What each observer saw, oldest first. */
function byObserver(rows: readonly Row[]): readonly (readonly Observed[])[] {
  const observers = new Map<number, Observed[]>();
  for (const row of rows) {
    const key = Number(row.observer_key);
    const seen = {
      at: Number(row.at),
      verdict: VERDICTS[Number(row.verdict)] ?? 'failed',
      holdMs: Number(row.hold_ms),
    };
    const list = observers.get(key);
    if (list === undefined) observers.set(key, [seen]);
    else list.push(seen);
  }
  return [...observers.values()];
}

function* latenciesFrom(rows: readonly Row[], from: number): Iterable<number> {
  for (const row of rows) if (row.latency_ms !== null && Number(row.at) >= from) yield Number(row.latency_ms);
}

export class Accounting {
  readonly #database: StatusDatabase;
  readonly #samples: SampleStore;
  readonly #maintenanceBetween: AccountingOptions['maintenanceBetween'];
  /** Up to when all is summed up, in milliseconds since the epoch. */
  #horizon: number;
  #round = 0;

  constructor({ database, samples, maintenanceBetween }: AccountingOptions, now: number) {
    this.#database = database;
    this.#samples = samples;
    this.#maintenanceBetween = maintenanceBetween;
    this.#horizon = now;
  }

  /** How many times all was summed up. */
  get round(): number {
    return this.#round;
  }

  get horizon(): number {
    return this.#horizon;
  }

  /** Has every component's hours from one instant to another counted anew, as far as samples are kept. */
  markDirty(from: number, to: number, now: number): void {
    const first = Math.floor(Math.max(from, now - RAW_KEPT_MS + HOUR_MS) / HOUR_MS);
    const last = Math.floor(Math.min(to, now) / HOUR_MS);
    this.#database.transaction(() => {
      for (let hour = first; hour <= last; hour += 1) {
        const insert = 'INSERT OR IGNORE INTO dirty_hour (component_key, hour) SELECT component_key, ? FROM component';
        this.#database.run(insert, hour);
      }
    });
  }

  /** Sums up whatever was touched. @param now - milliseconds since the epoch. */
  async sumUp(now: number, signal: AbortSignal): Promise<void> {
    // Maintenance goes on, and is counted, where nobody looks.
    if (this.#maintenanceBetween(this.#horizon, now).length > 0) this.markDirty(this.#horizon, now, now);
    let after: DirtyHour | undefined = { key: 0, hour: 0 };
    while (after !== undefined && !signal.aborted) {
      after = this.#slice(after, now);
      if (after !== undefined) await nextTurn();
    }
    if (signal.aborted) return;
    this.#horizon = now;
    this.#round += 1;
  }

  /** @returns where to go on; `undefined` when all is done. */
  #slice(after: DirtyHour, now: number): DirtyHour | undefined {
    const endsAt = performance.now() + sliceMs;
    const rows = this.#database.all(
      'SELECT component_key, hour FROM dirty_hour WHERE (component_key, hour) > (?, ?) ORDER BY component_key, hour LIMIT ?',
      after.key,
      after.hour,
      rowsASlice,
    );
    const components = this.#samples.components();
    let last: DirtyHour | undefined;
    this.#database.quickTransaction(() => {
      const days = new Map<string, DirtyDay>();
      for (const row of rows) {
        last = { key: Number(row.component_key), hour: Number(row.hour) };
        const component = components.get(last.key);
        if (component !== undefined && this.#sumUpHour(last, component, now)) {
          const day = Math.floor(last.hour / hoursADay);
          days.set(`${last.key} ${day}`, { key: last.key, day });
        }
        if (performance.now() >= endsAt) break;
      }
      for (const day of days.values()) this.#sumUpDay(day);
    });
    return last;
  }

  /** @returns whether it changed. */
  #sumUpHour({ key, hour }: DirtyHour, component: { name: string; longestHoldMs: number }, now: number): boolean {
    const [from, hourEnd] = [hour * HOUR_MS, (hour + 1) * HOUR_MS];
    const to = Math.min(hourEnd, now);
    // An hour that still runs is looked at again: its newest samples go on speaking.
    if (to === hourEnd) this.#database.run('DELETE FROM dirty_hour WHERE component_key = ? AND hour = ?', key, hour);
    if (to <= from || from < now - RAW_KEPT_MS) return false;
    const rows = this.#database.all(
      `SELECT at, observer_key, hold_ms, verdict, latency_ms FROM sample
       WHERE component_key = ? AND at > ? AND at < ? ORDER BY at`,
      key,
      from - component.longestHoldMs,
      to,
    );
    const maintenance = this.#maintenanceOf(component.name, { from, to });
    const times = timesOf(timelineOf({ observers: byObserver(rows), maintenance, from, to }));
    const latency = encodeHistogram(histogramOf(latenciesFrom(rows, from)));
    const { up, degraded, down, maintenance: planned } = times;
    this.#database.run(upsertSum('hour_sum', 'hour'), key, hour, up, degraded, down, planned, latency);
    return true;
  }

  #maintenanceOf(component: string, { from, to }: Period): readonly Period[] {
    return this.#maintenanceBetween(from, to)
      .filter(({ components }) => components.includes(component))
      .map(({ startsAt, endsAt }) => ({ from: Date.parse(startsAt), to: Date.parse(endsAt) }));
  }

  #sumUpDay({ key, day }: DirtyDay): void {
    const rows = this.#database.all(
      `SELECT up_ms, degraded_ms, down_ms, maintenance_ms, latency FROM hour_sum
       WHERE component_key = ? AND hour >= ? AND hour < ?`,
      key,
      day * hoursADay,
      (day + 1) * hoursADay,
    );
    const sum = (column: string): number => rows.reduce((all, row) => all + Number(row[column]), 0);
    const latency = encodeHistogram(addHistograms(rows.map((row) => decodeHistogram(row.latency as Uint8Array))));
    const columns = ['up_ms', 'degraded_ms', 'down_ms', 'maintenance_ms'].map(sum);
    this.#database.run(upsertSum('day_sum', 'day'), key, day, ...columns, latency);
  }
}
