/** Takes samples in: one short transaction a batch, what is told twice counts once, what cannot be true is refused. */
import { SAMPLE_VALID_ROUNDS } from '@feedfleet/status-model';
import type { Sample, SampleBatch, Verdict } from '@feedfleet/status-model';
import { DAY_MS, HOUR_MS } from '@feedfleet/uptime';

import type { Ingested } from '../part.ts';
import type { StatusDatabase } from '../storage/status-database.ts';
import { VERDICTS } from './verdict-codes.ts';

/** A clock may be ahead by this much. */
const aheadMs = 60_000;
/** Observers queue what they saw for this long. */
const oldestMs = 7 * DAY_MS;
/** Most components at a time, so that an observer gone wild fills nothing. */
const mostComponents = 1000;

export interface KnownComponent {
  readonly key: number;
  /** Of its oldest sample, in milliseconds since the epoch. */
  readonly firstAt: number;
  readonly longestHoldMs: number;
}

/** A sample that was taken for the first time. */
export interface TakenSample {
  readonly component: string;
  readonly at: number;
  readonly holdMs: number;
  readonly verdict: Verdict;
  readonly reason: string | null;
}

export interface Intake {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether a sample says nothing: it is kept, and holds for no time. */
  readonly saysNothing: (sample: Omit<TakenSample, 'holdMs' | 'reason'>) => boolean;
  /** Told of each sample that is new, inside the transaction, whatever it says. */
  readonly taken: (sample: TakenSample) => void;
}

export type Batch = Pick<SampleBatch, 'observer' | 'intervalMs' | 'samples'>;

interface Round extends Intake {
  readonly observerKey: number;
  readonly holdMs: number;
}

export class SampleStore {
  readonly #database: StatusDatabase;
  #components = new Map<string, KnownComponent>();

  constructor(database: StatusDatabase) {
    this.#database = database;
    this.#load();
  }

  component(name: string): KnownComponent | undefined {
    return this.#components.get(name);
  }

  /** By key. */
  components(): ReadonlyMap<number, { readonly name: string; readonly longestHoldMs: number }> {
    return new Map([...this.#components].map(([name, { key, longestHoldMs }]) => [key, { name, longestHoldMs }]));
  }

  ingest({ observer, intervalMs, samples }: Batch, intake: Intake): Ingested {
    const refused: { index: number; reason: string }[] = [];
    const holdMs = intervalMs * SAMPLE_VALID_ROUNDS;
    try {
      this.#database.quickTransaction(() => {
        const round = { ...intake, observerKey: this.#observerKey(observer, intake.now), holdMs };
        const hours = new Set<string>();
        for (const [index, sample] of samples.entries()) {
          const outcome = this.#take(sample, round, hours);
          if (typeof outcome === 'string') refused.push({ index, reason: outcome });
          else if (outcome !== undefined) intake.taken(outcome);
        }
        this.#markDirty(hours);
      });
    } catch (error) {
      this.#load();
      throw error;
    }
    return { taken: samples.length - refused.length, refused };
  }

  /** When each observer last reported, in milliseconds since the epoch. */
  observers(): ReadonlyMap<string, number> {
    const rows = this.#database.all('SELECT name, last_at FROM observer ORDER BY name');
    return new Map(rows.map((row) => [String(row.name), Number(row.last_at)]));
  }

  /** Forgets a component, with all that was ever known of it. */
  forget(name: string): void {
    const known = this.#components.get(name);
    if (known === undefined) return;
    this.#database.transaction(() => {
      for (const table of ['sample', 'dirty_hour', 'hour_sum', 'day_sum', 'component']) {
        this.#database.run(`DELETE FROM ${table} WHERE component_key = ?`, known.key);
      }
      for (const table of ['live_state', 'held_verdict']) {
        this.#database.run(`DELETE FROM ${table} WHERE component = ?`, name);
      }
    });
    this.#components.delete(name);
  }

  #load(): void {
    const rows = this.#database.all('SELECT component_key, name, first_at, longest_hold_ms FROM component');
    const known = rows.map((row): [string, KnownComponent] => [
      String(row.name),
      {
        key: Number(row.component_key),
        firstAt: Number(row.first_at),
        longestHoldMs: Number(row.longest_hold_ms),
      },
    ]);
    this.#components = new Map(known);
  }

  #observerKey(name: string, now: number): number {
    const upsert = `INSERT INTO observer (name, last_at) VALUES (?, ?)
       ON CONFLICT (name) DO UPDATE SET last_at = excluded.last_at RETURNING observer_key`;
    return Number(this.#database.get(upsert, name, now)?.observer_key);
  }

  /** @returns why it is refused; `undefined` for one that was told before. */
  #take(sample: Sample, round: Round, hours: Set<string>): TakenSample | string | undefined {
    const { observerKey, holdMs, now } = round;
    const { component, verdict, latencyMs, reason } = sample;
    const at = Date.parse(sample.at);
    if (at > now + aheadMs) return `at: expected no later than ${new Date(now).toISOString()}, got ${sample.at}`;
    if (at < now - oldestMs) return `at: expected within the last 7 days, got ${sample.at}`;
    const known = this.#widened(component, at, holdMs);
    if (known === undefined) return `component: expected at most ${mostComponents} of them, got one more: ${component}`;
    const inserted = this.#database.run(
      'INSERT OR IGNORE INTO sample (component_key, at, observer_key, hold_ms, verdict, latency_ms) VALUES (?, ?, ?, ?, ?, ?)',
      known.key,
      at,
      observerKey,
      round.saysNothing({ component, at, verdict }) ? 0 : holdMs,
      VERDICTS.indexOf(verdict),
      latencyMs === null ? null : Math.round(latencyMs),
    );
    if (inserted === 0) return undefined;
    const lastHour = Math.floor((at + holdMs) / HOUR_MS);
    for (let hour = Math.floor(at / HOUR_MS); hour <= lastHour; hour += 1) hours.add(`${known.key} ${hour}`);
    return { component, at, holdMs, verdict, reason };
  }

  #widened(name: string, at: number, holdMs: number): KnownComponent | undefined {
    const before = this.#components.get(name);
    if (before !== undefined && before.firstAt <= at && before.longestHoldMs >= holdMs) return before;
    if (before === undefined && this.#components.size >= mostComponents) return undefined;
    const upsert = `INSERT INTO component (name, first_at, longest_hold_ms) VALUES (?, ?, ?)
       ON CONFLICT (name) DO UPDATE SET first_at = min(first_at, excluded.first_at),
         longest_hold_ms = max(longest_hold_ms, excluded.longest_hold_ms)
       RETURNING component_key, first_at, longest_hold_ms`;
    const row = this.#database.get(upsert, name, at, holdMs);
    const known = {
      key: Number(row?.component_key),
      firstAt: Number(row?.first_at),
      longestHoldMs: Number(row?.longest_hold_ms),
    };
    this.#components.set(name, known);
    return known;
  }

  #markDirty(hours: ReadonlySet<string>): void {
    for (const each of hours) {
      const [key = 0, hour = 0] = each.split(' ').map(Number);
      this.#database.run('INSERT OR IGNORE INTO dirty_hour (component_key, hour) VALUES (?, ?)', key, hour);
    }
  }
}
