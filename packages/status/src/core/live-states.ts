/**
 * What the page says now: what each observer holds (with hysteresis), merged, with maintenance laid over it.
 *
 * It is kept over restarts, so that "since" stays true and a restart announces nothing. The status process begins before the fleet that
 * it looks at: what has not answered since then is unknown for a while, and no outage, unless it was in trouble before, or somebody's word
 * on it still holds.
 */
import { stateSchema, verdictSchema } from '@feedfleet/status-model';
import type { Maintenance, State } from '@feedfleet/status-model';
import { holdVerdict, mergedState } from '@feedfleet/uptime';
import { z } from 'zod';

import type { LiveState, StateChange } from '../part.ts';
import { readKept } from '../storage/kept-json.ts';
import type { StatusDatabase } from '../storage/status-database.ts';
import type { TakenSample } from './sample-store.ts';

const heldVerdictSchema = z.object({
  verdict: verdictSchema.nullable(),
  since: z.number(),
  recent: z.array(z.object({ at: z.number(), verdict: verdictSchema })).readonly(),
});

/** What one observer knows of one component. */
const knowledgeSchema = z.object({
  held: heldVerdictSchema,
  /** Of its newest sample, and until when that speaks, in milliseconds since the epoch. */
  at: z.number(),
  until: z.number(),
  reason: z.string().nullable(),
});
type Knowledge = z.output<typeof knowledgeSchema>;

const nobodyLooked = 'no observer has looked';
const notYetAnswered = 'it has not answered yet';
/** How long after the start of the process a component may take to answer for the first time, in milliseconds. */
const FIRST_ANSWER_MS = 60_000;

/** What is judged of a component now; since when it is in trouble follows from what was said before. */
type Judgement = Omit<LiveState, 'troubledSince'>;

const isTrouble = (state: State): boolean => state === 'down' || state === 'degraded';

const instantOf = (value: unknown): number | null => (value === null ? null : Number(value));

export class LiveStates {
  readonly #database: StatusDatabase;
  /** By component, then by observer. */
  readonly #known = new Map<string, Map<string, Knowledge>>();
  readonly #live = new Map<string, LiveState>();
  readonly #changed: (change: StateChange) => void;
  readonly #startedAt: number;
  /** Components that have answered since the process began, or of which an observer's word still held then. */
  readonly #answered = new Set<string>();
  /** Those that are under way. */
  #maintenance: readonly Maintenance[] = [];

  /** @param changed - told after each change. @param startedAt - of the process, in milliseconds since the epoch. */
  constructor(database: StatusDatabase, changed: (change: StateChange) => void, startedAt: number) {
    this.#database = database;
    this.#changed = changed;
    this.#startedAt = startedAt;
    for (const row of database.all('SELECT component, state, since, troubled_since, reason FROM live_state')) {
      const component = String(row.component);
      const [since, troubledSince] = [instantOf(row.since), instantOf(row.troubled_since)];
      const reason = row.reason === null ? null : String(row.reason);
      this.#live.set(component, { component, state: stateSchema.parse(row.state), since, troubledSince, reason });
    }
    for (const row of database.all('SELECT component, observer, value FROM held_verdict')) {
      const knowledge = readKept(knowledgeSchema, row.value);
      this.#knowledgeOf(String(row.component)).set(String(row.observer), knowledge);
      if (knowledge.until > startedAt) this.#answered.add(String(row.component));
    }
  }

  stateOf(component: string): LiveState {
    return this.#live.get(component) ?? { component, state: 'unknown', since: null, troubledSince: null, reason: null };
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
    if (verdict !== 'failed' && at >= this.#startedAt) this.#answeredNow(component, now);
    const former = observers.get(observer);
    const wasSilent = former === undefined || former.until < at;
    const held = holdVerdict(wasSilent ? undefined : former.held, { at, verdict });
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
    this.#answered.delete(component);
  }

  #knowledgeOf(component: string): Map<string, Knowledge> {
    let observers = this.#known.get(component);
    if (observers === undefined) {
      observers = new Map();
      this.#known.set(component, observers);
    }
    return observers;
  }

  #judged(component: string, now: number): Judgement {
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
    if (isTrouble(state) && this.#isAwaited(component, now)) {
      return { component, state: 'unknown', since: this.#startedAt, reason: notYetAnswered };
    }
    const worst = failed.length > 0 ? failed : slow;
    const reason = state === 'up' ? null : (worst.findLast((each) => each.reason !== null)?.reason ?? null);
    return { component, state, since: Math.max(...known.map(({ held }) => held.since)), reason };
  }

  /** Whether a look says nothing because what was looked at may still be starting. */
  saysNothing({ component, at, verdict }: Pick<TakenSample, 'component' | 'at' | 'verdict'>, now: number): boolean {
    return verdict === 'failed' && at >= this.#startedAt && this.#isAwaited(component, now);
  }

  /** What was in trouble before the process began is not awaited: that it still is has to be told. */
  #isAwaited(component: string, now: number): boolean {
    if (this.#answered.has(component) || now >= this.#startedAt + FIRST_ANSWER_MS) return false;
    return this.stateOf(component).troubledSince === null;
  }

  /** That it did not answer before it had started says nothing: whoever saw that begins anew. */
  #answeredNow(component: string, now: number): void {
    const observers = this.#knowledgeOf(component);
    if (this.#isAwaited(component, now)) {
      for (const [name, { held }] of observers) if (held.verdict !== 'ok') observers.delete(name);
    }
    this.#answered.add(component);
  }

  /** @returns what changed. */
  #settle(judged: Judgement, now: number): readonly StateChange[] {
    const before = this.stateOf(judged.component);
    if (before.state === judged.state) {
      // A newer reason is shown, and announces nothing.
      const reason = judged.reason ?? before.reason;
      if (reason !== before.reason) this.#keep({ ...before, reason });
      return [];
    }
    const earliest = before.state === 'maintenance' ? now : (before.since ?? 0);
    const since = judged.since === null ? null : Math.max(judged.since, earliest);
    const troubledSince =
      judged.state === 'up' ? null : (before.troubledSince ?? (isTrouble(judged.state) ? since : null));
    const after = { ...judged, since, troubledSince };
    this.#keep(after);
    return [{ ...after, from: before.state }];
  }

  #keep(live: LiveState): void {
    this.#live.set(live.component, live);
    const { component, state, since, troubledSince, reason } = live;
    const upsert = `INSERT INTO live_state (component, state, since, troubled_since, reason) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (component) DO UPDATE SET state = excluded.state, since = excluded.since,
         troubled_since = excluded.troubled_since, reason = excluded.reason`;
    this.#database.run(upsert, component, state, since, troubledSince, reason);
  }
}
