/**
 * What the page says now: what each observer holds (with hysteresis), merged, with maintenance laid over it.
 *
 * It is kept over restarts, so that "since" stays true and a restart announces nothing.
 */
import type { Maintenance, State } from '@feedfleet/status-model';
import { holdVerdict, mergedState } from '@feedfleet/uptime';
import type { HeldVerdict } from '@feedfleet/uptime';

import type { LiveState, StateChange } from '../part.ts';
import type { StatusDatabase } from '../storage/status-database.ts';
import type { TakenSample } from './sample-store.ts';

/** What one observer knows of one component. */
interface Knowledge {
  readonly held: HeldVerdict;
  /** Of its newest sample, and until when that speaks, in milliseconds since the epoch. */
  readonly at: number;
  readonly until: number;
  readonly reason: string | null;
}

const nobodyLooked = 'no observer has looked';

export class LiveStates {
  readonly #database: StatusDatabase;
  /** By component, then by observer. */
  readonly #known = new Map<string, Map<string, Knowledge>>();
  readonly #live = new Map<string, LiveState>();
  readonly #changed: (change: StateChange) => void;
  /** Those that are under way. */
  #maintenance: readonly Maintenance[] = [];

  /** @param changed - told after each change. */
  constructor(database: StatusDatabase, changed: (change: StateChange) => void) {
    this.#database = database;
    this.#changed = changed;
    for (const row of database.all('SELECT component, state, since, reason FROM live_state')) {
      const component = String(row.component);
      const since = row.since === null ? null : Number(row.since);
      const reason = row.reason === null ? null : String(row.reason);
      this.#live.set(component, { component, state: row.state as State, since, reason });
    }
    for (const row of database.all('SELECT component, observer, value FROM held_verdict')) {
      this.#knowledgeOf(String(row.component)).set(String(row.observer), JSON.parse(String(row.value)) as Knowledge);
    }
  }

  stateOf(component: string): LiveState {
    return this.#live.get(component) ?? { component, state: 'unknown', since: null, reason: null };
  }

  /** What is under way now. */
  useMaintenance(maintenance: readonly Maintenance[]): void {
    this.#maintenance = maintenance;
  }

  /** One that is told late changes nothing now. */
  take(observer: string, { component, at, holdMs, verdict, reason }: TakenSample, now: number): void {
    const observers = this.#knowledgeOf(component);
    const before = observers.get(observer);
    const until = at + holdMs;
    if (until <= now || (before !== undefined && at <= before.at)) return;
    const wasSilent = before === undefined || before.until < at;
    const held = holdVerdict(wasSilent ? undefined : before.held, { at, verdict });
    const knowledge: Knowledge = { held, at, until, reason };
    observers.set(observer, knowledge);
    const upsert = `INSERT INTO held_verdict (component, observer, value) VALUES (?, ?, ?)
       ON CONFLICT (component, observer) DO UPDATE SET value = excluded.value`;
    this.#database.run(upsert, component, observer, JSON.stringify(knowledge));
  }

  /** Looks at every component again: what was said goes out of date, maintenance begins and ends. */
  look(now: number): void {
    const planned = this.#maintenance.flatMap(({ components }) => components);
    const all = new Set([...this.#known.keys(), ...this.#live.keys(), ...planned]);
    const changes = this.#database.quickTransaction(() =>
      [...all].flatMap((component) => this.#settle(this.#judged(component, now), now)),
    );
    for (const change of changes) this.#changed(change);
  }

  forget(component: string): void {
    this.#known.delete(component);
    this.#live.delete(component);
  }

  #knowledgeOf(component: string): Map<string, Knowledge> {
    let observers = this.#known.get(component);
    if (observers === undefined) {
      observers = new Map();
      this.#known.set(component, observers);
    }
    return observers;
  }

  #judged(component: string, now: number): LiveState {
    const planned = this.#maintenance.find(({ components }) => components.includes(component));
    if (planned !== undefined) {
      return { component, state: 'maintenance', since: Date.parse(planned.startsAt), reason: planned.title };
    }
    const all = [...(this.#known.get(component)?.values() ?? [])];
    const known = all.filter(({ until, held }) => until > now && held.verdict !== null);
    const of = (verdict: string): readonly Knowledge[] => known.filter(({ held }) => held.verdict === verdict);
    const [failed, slow] = [of('failed'), of('slow')];
    const state = mergedState({ ok: of('ok').length, slow: slow.length, failed: failed.length });
    if (state === 'unknown') {
      const since = all.length === 0 ? null : Math.min(now, Math.max(...all.map(({ until }) => until)));
      return { component, state, since, reason: all.length === 0 ? null : nobodyLooked };
    }
    const worst = failed.length > 0 ? failed : slow;
    const reason = state === 'up' ? null : (worst.findLast((each) => each.reason !== null)?.reason ?? null);
    return { component, state, since: Math.max(...known.map(({ held }) => held.since)), reason };
  }

  /** @returns what changed. */
  #settle(judged: LiveState, now: number): readonly StateChange[] {
    const before = this.stateOf(judged.component);
    if (before.state === judged.state) {
      // A newer reason is shown, and announces nothing.
      const reason = judged.reason ?? before.reason;
      if (reason !== before.reason) this.#keep({ ...before, reason });
      return [];
    }
    const earliest = before.state === 'maintenance' ? now : (before.since ?? 0);
    const since = judged.since === null ? null : Math.max(judged.since, earliest);
    const after = { ...judged, since };
    this.#keep(after);
    return [{ ...after, from: before.state }];
  }

  #keep(live: LiveState): void {
    this.#live.set(live.component, live);
    const upsert = `INSERT INTO live_state (component, state, since, reason) VALUES (?, ?, ?, ?)
       ON CONFLICT (component) DO UPDATE SET state = excluded.state, since = excluded.since, reason = excluded.reason`;
    this.#database.run(upsert, live.component, live.state, live.since, live.reason);
  }
}
