/**
 * Asks each instance at intervals whether it is ready, and now and then whether it can do its work. One question of a kind is under way
 * for an instance at a time, however long it takes, and the moments are spread, so that balancers do not ask in step.
 */
import type { Target } from '../transport.ts';
import type { CheckResult } from './check-state.ts';
import type { HealthQuestion } from './ask-health.ts';
import type { CheckKind } from './instance-health.ts';

/** An instance as its checks see it: the same object for as long as it is the same instance. */
export interface Checked {
  readonly target: Target;
  readonly take: (kind: CheckKind, result: CheckResult) => void;
}

export interface HealthCheckerOptions {
  /** All that are to be asked now; none while nothing is known of the fleet. */
  readonly instances: () => readonly Checked[];
  readonly ask: (question: HealthQuestion) => Promise<CheckResult>;
  /** Evenly from 0 up to but not 1. */
  readonly random: () => number;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
}

interface Plan {
  readonly everyMs: number;
  readonly limitMs: number;
}

const PLANS: Readonly<Record<CheckKind, Plan>> = {
  ready: { everyMs: 2_000, limitMs: 1_000 },
  deep: { everyMs: 10_000, limitMs: 3_000 },
};
const KINDS: readonly CheckKind[] = ['ready', 'deep'];
const TICK_MS = 250;
/** By how much of its length an interval is longer or shorter. */
const JITTER = 0.1;
/** Questions under way at a time, of all kinds and instances. */
const MAX_UNDER_WAY = 64;

interface Schedule {
  dueAt: number;
  isUnderWay: boolean;
}

export class HealthChecker {
  readonly #options: HealthCheckerOptions;
  readonly #schedules = new WeakMap<Checked, Record<CheckKind, Schedule>>();
  readonly #ending = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #underWay = 0;

  constructor(options: HealthCheckerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.tick(), TICK_MS).unref();
  }

  /** Breaks off what is under way, whose results are not told. */
  stop(): void {
    clearInterval(this.#timer);
    this.#ending.abort();
  }

  /** Asks what is due. @returns when that was answered. */
  async tick(): Promise<void> {
    if (this.#ending.signal.aborted) return;
    const now = this.#options.now();
    const asked = this.#options.instances().flatMap((checked) => {
      const schedules = this.#schedulesOf(checked, now);
      return KINDS.filter((kind) => now >= schedules[kind].dueAt && !schedules[kind].isUnderWay)
        .slice(0, Math.max(0, MAX_UNDER_WAY - this.#underWay))
        .map((kind) => this.#ask(checked, kind, schedules[kind]));
    });
    await Promise.all(asked);
  }

  async #ask(checked: Checked, kind: CheckKind, schedule: Schedule): Promise<void> {
    const { everyMs, limitMs } = PLANS[kind];
    const { ask, random, now } = this.#options;
    schedule.isUnderWay = true;
    schedule.dueAt = now() + everyMs * (1 - JITTER + 2 * JITTER * random());
    this.#underWay++;
    const { signal } = this.#ending;
    const result = await ask({ target: checked.target, kind, limitMs, signal });
    this.#underWay--;
    schedule.isUnderWay = false;
    if (!signal.aborted) checked.take(kind, result);
  }

  /** Whether a new one is ready is asked at once. */
  #schedulesOf(checked: Checked, now: number): Record<CheckKind, Schedule> {
    let schedules = this.#schedules.get(checked);
    if (schedules === undefined) {
      const firstDeepAt = now + PLANS.deep.everyMs * this.#options.random();
      schedules = { ready: { dueAt: now, isUnderWay: false }, deep: { dueAt: firstDeepAt, isUnderWay: false } };
      this.#schedules.set(checked, schedules);
    }
    return schedules;
  }
}
