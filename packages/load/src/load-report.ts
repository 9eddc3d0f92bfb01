/** What became of the requests of a run: by phase and group, and for each group over time. Pure. */
import { LatencyHistogram } from './latency-histogram.ts';
import type { LoadOutcome } from './load-client.ts';
import { printable } from './printable.ts';
import { SecondSeries } from './report/second-series.ts';

/** Distinct reasons that are told apart; a server may say something else each time. */
const MOST_REASONS = 200;
const OTHER_REASONS = 'other reasons';

/** Of one group in one phase; a request belongs to the phase in which it was to start. */
export class GroupResult {
  /** Latencies of what was answered as it should. */
  readonly ok = new LatencyHistogram();
  readonly refused = new LatencyHistogram();
  readonly failed = new LatencyHistogram();
  /** How many of each refusal, and of each failure. */
  readonly reasons = new Map<string, number>();
  #sent = 0;

  get sent(): number {
    return this.#sent;
  }

  /** Everything that was not answered as it should. */
  get errors(): number {
    return this.refused.count + this.failed.count;
  }

  start(): void {
    this.#sent += 1;
  }

  end(outcome: LoadOutcome, latencyMs: number): void {
    this[outcome.outcome].record(latencyMs);
    if (outcome.outcome === 'ok') return;
    this.#count(printable(outcome.reason), 1);
  }

  add(other: GroupResult): void {
    for (const each of ['ok', 'refused', 'failed'] as const) this[each].add(other[each]);
    for (const [reason, count] of other.reasons) this.#count(reason, count);
    this.#sent += other.#sent;
  }

  #count(reason: string, times: number): void {
    const isKept = this.reasons.has(reason) || this.reasons.size < MOST_REASONS;
    const name = isKept ? reason : OTHER_REASONS;
    this.reasons.set(name, (this.reasons.get(name) ?? 0) + times);
  }
}

/** Requests that were to start within one slice of time. */
export interface TimelineSlot {
  ok: number;
  refused: number;
  failed: number;
  worstMs: number;
}

/** Times are milliseconds since the start of the run. */
export interface RunPhase {
  readonly name: string;
  readonly startMs: number;
}

export interface RunMark {
  readonly atMs: number;
  readonly text: string;
}

export interface ReportedGroup {
  readonly name: string;
  /** The endpoint family that it asks, where it asks one. */
  readonly family?: string | undefined;
}

export const SLOT_MS = 100;
/** A generator that is so late has no processor, nor has what it asks. */
const STARVED_MS = 50;

export class LoadReport {
  readonly #phases = new Map<string, Map<string, GroupResult>>();
  readonly #slots = new Map<string, TimelineSlot[]>();
  readonly #seconds = new Map<string, SecondSeries>();
  readonly #familySeconds = new Map<string, SecondSeries>();
  /** Where the requests of each group count. */
  readonly #counting = new Map<string, readonly SecondSeries[]>();
  /** In the order in which they are shown. */
  readonly groups: readonly ReportedGroup[];
  readonly startedAt = new Date();
  /** Of all groups together. */
  readonly totalSeconds = new SecondSeries();
  /** How late the generator itself was: large when it had no processor. */
  readonly lag = new LatencyHistogram();
  /** In the order in which they began. */
  readonly phases: RunPhase[] = [];
  readonly marks: RunMark[] = [];
  /** When nothing more started, in milliseconds since the start of the run; 0 while it goes on. */
  endMs = 0;

  constructor(groups: readonly ReportedGroup[] = []) {
    this.groups = groups;
    for (const { name, family } of groups) {
      const own = new SecondSeries();
      this.#seconds.set(name, own);
      this.#counting.set(name, [this.totalSeconds, own]);
      if (family === undefined) continue;
      const ofFamily = this.#familySeconds.get(family) ?? new SecondSeries();
      this.#familySeconds.set(family, ofFamily);
      this.#counting.set(name, [this.totalSeconds, own, ofFamily]);
    }
  }

  /** In the order of their first groups. */
  get families(): readonly string[] {
    return [...this.#familySeconds.keys()];
  }

  /** @returns an empty one for what never was. */
  of(phase: string, group: string): GroupResult {
    let groups = this.#phases.get(phase);
    if (groups === undefined) this.#phases.set(phase, (groups = new Map<string, GroupResult>()));
    let result = groups.get(group);
    if (result === undefined) groups.set(group, (result = new GroupResult()));
    return result;
  }

  /**
   * What went wrong in a group. Where even the generator had to wait for a processor, a balancer that tells clients to come again does what
   * it should: then only failures count.
   */
  faults(phase: string, group: string): string {
    const { reasons, failed } = this.of(phase, group);
    const isStarved = this.lag.quantileMs(0.99) > STARVED_MS;
    return isStarved && failed.count === 0
      ? ''
      : [...reasons].map(([reason, count]) => `${count} x ${reason}`).join(', ');
  }

  /** The groups together. */
  sum(phase: string, groups: readonly string[]): GroupResult {
    const sum = new GroupResult();
    for (const group of groups) sum.add(this.of(phase, group));
    return sum;
  }

  /** @param atMs - of the intended start, from the start of the run. */
  start(group: string, atMs: number): void {
    for (const series of this.#seriesOf(group)) series.start(Math.floor(atMs / 1000));
  }

  /** @param atMs - of the intended start, from the start of the run. */
  end(group: string, atMs: number, outcome: LoadOutcome, latencyMs: number): void {
    for (const series of this.#seriesOf(group)) series.end(Math.floor(atMs / 1000), outcome, latencyMs);
    const slot = this.#slot(group, Math.floor(atMs / SLOT_MS));
    slot[outcome.outcome] += 1;
    slot.worstMs = Math.max(slot.worstMs, latencyMs);
  }

  /** From the start of the run, each `SLOT_MS` long. */
  timeline(group: string): readonly TimelineSlot[] {
    return this.#slots.get(group) ?? [];
  }

  secondsOf(group: string): SecondSeries {
    return this.#seconds.get(group) ?? new SecondSeries();
  }

  secondsOfFamily(family: string): SecondSeries {
    return this.#familySeconds.get(family) ?? new SecondSeries();
  }

  #seriesOf(group: string): readonly SecondSeries[] {
    return this.#counting.get(group) ?? [this.totalSeconds];
  }

  #slot(group: string, place: number): TimelineSlot {
    let slots = this.#slots.get(group);
    if (slots === undefined) this.#slots.set(group, (slots = []));
    while (slots.length <= place) slots.push({ ok: 0, refused: 0, failed: 0, worstMs: 0 });
    return slots[place] ?? { ok: 0, refused: 0, failed: 0, worstMs: 0 };
  }
}
