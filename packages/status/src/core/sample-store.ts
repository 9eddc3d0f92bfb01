/** Takes samples in: one short transaction a batch, what is told twice counts once, what cannot be true is refused. */
import { SAMPLE_VALID_ROUNDS } from '@feedfleet/status-model';
import type { Sample, SampleBatch, Verdict } from '@feedfleet/status-model';

import type { Ingested } from '../part.ts';
import type { StatusDatabase } from '../storage/status-database.ts';

export const HOUR_MS = 3_600_000;
/** A clock may be ahead by this much. */
const aheadMs = 60_000;
/** Observers queue what they saw for this long. */
const oldestMs = 7 * 24 * HOUR_MS;
/** Most components that anybody ever told of, so that an observer gone wild fills nothing. */
const mostComponents = 1000;

const verdictCodes: Readonly<Record<Verdict, number>> = { ok: 0, slow: 1, failed: 2 };

interface Known {
  readonly key: number;
  firstAt: number;
  longestHoldMs: number;
}

export class SampleStore {
  readonly #database: StatusDatabase;
  readonly #components = new Map<string, Known>();
  readonly #observers = new Map<string, number>();

  constructor(database: StatusDatabase) {
    this.#database = database;
    for (const row of database.all('SELECT component_key, name, first_at, longest_hold_ms FROM component')) {
      const known = {
        key: Number(row.component_key),
        firstAt: Number(row.first_at),
        longestHoldMs: Number(row.longest_hold_ms),
      };
      this.#components.set(String(row.name), known);
    }
    for (const row of database.all('SELECT observer_key, name FROM observer')) {
      this.#observers.set(String(row.name), Number(row.observer_key));
    }
  }

  /** @param now - milliseconds since the epoch. */
  ingest(
    { observer, intervalMs, samples }: Pick<SampleBatch, 'observer' | 'intervalMs' | 'samples'>,
    now: number,
  ): Ingested {
    const refused: { index: number; reason: string }[] = [];
    const holdMs = intervalMs * SAMPLE_VALID_ROUNDS;
    this.#database.transaction(() => {
      const observerKey = this.#observerKey(observer, now);
      for (const [index, sample] of samples.entries()) {
        const reason = this.#take(sample, { observerKey, holdMs, now });
        if (reason !== undefined) refused.push({ index, reason });
      }
    });
    return { taken: samples.length - refused.length, refused };
  }

  /** Milliseconds since the epoch of when each observer last reported. */
  observers(): ReadonlyMap<string, number> {
    const rows = this.#database.all('SELECT name, last_at FROM observer ORDER BY name');
    return new Map(rows.map((row) => [String(row.name), Number(row.last_at)]));
  }

  /** Has every component's hours from one to another, both included, counted anew. Hours are those since the epoch. */
  markDirty(fromHour: number, toHour: number): void {
    this.#database.transaction(() => {
      for (let hour = fromHour; hour <= toHour; hour += 1) {
        this.#database.run(
          'INSERT OR IGNORE INTO dirty_hour (component_key, hour) SELECT component_key, ? FROM component',
          hour,
        );
      }
    });
  }

  #observerKey(name: string, now: number): number {
    const insert =
      'INSERT INTO observer (name, last_at) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET last_at = excluded.last_at';
    this.#database.run(insert, name, now);
    let key = this.#observers.get(name);
    if (key === undefined) {
      key = Number(this.#database.get('SELECT observer_key FROM observer WHERE name = ?', name)?.observer_key);
      this.#observers.set(name, key);
    }
    return key;
  }

  /** @returns why it is refused. */
  #take(
    { component, at, verdict, latencyMs }: Sample,
    { observerKey, holdMs, now }: { readonly observerKey: number; readonly holdMs: number; readonly now: number },
  ): string | undefined {
    const instant = Date.parse(at);
    if (instant > now + aheadMs) return `at: expected no later than ${new Date(now).toISOString()}, got ${at}`;
    if (instant < now - oldestMs) return `at: expected within the last 7 days, got ${at}`;
    const known = this.#component(component, { at: instant, holdMs });
    if (known === undefined) return `component: expected one of at most ${mostComponents}, got one more, ${component}`;
    const latency = latencyMs === null ? null : Math.round(latencyMs);
    const inserted = this.#database.run(
      'INSERT OR IGNORE INTO sample (component_key, at, observer_key, hold_ms, verdict, latency_ms) VALUES (?, ?, ?, ?, ?, ?)',
      known.key,
      instant,
      observerKey,
      holdMs,
      verdictCodes[verdict],
      latency,
    );
    if (inserted > 0) this.#dirty(known.key, instant, holdMs);
    return undefined;
  }

  #component(name: string, { at, holdMs }: { readonly at: number; readonly holdMs: number }): Known | undefined {
    let known = this.#components.get(name);
    if (known === undefined) {
      if (this.#components.size >= mostComponents) return undefined;
      this.#database.run('INSERT INTO component (name, first_at, longest_hold_ms) VALUES (?, ?, ?)', name, at, holdMs);
      const key = Number(this.#database.get('SELECT component_key FROM component WHERE name = ?', name)?.component_key);
      known = { key, firstAt: at, longestHoldMs: holdMs };
      this.#components.set(name, known);
    }
    if (at < known.firstAt || holdMs > known.longestHoldMs) {
      known.firstAt = Math.min(known.firstAt, at);
      known.longestHoldMs = Math.max(known.longestHoldMs, holdMs);
      const update = 'UPDATE component SET first_at = ?, longest_hold_ms = ? WHERE component_key = ?';
      this.#database.run(update, known.firstAt, known.longestHoldMs, known.key);
    }
    return known;
  }

  #dirty(key: number, at: number, holdMs: number): void {
    for (let hour = Math.floor(at / HOUR_MS); hour <= Math.floor((at + holdMs) / HOUR_MS); hour += 1) {
      this.#database.run('INSERT OR IGNORE INTO dirty_hour (component_key, hour) VALUES (?, ?)', key, hour);
    }
  }
}
