/** How many a compartment has turned away: of all time by reason, and of the last second. Pure. */
import type { ShedCounts } from './compartments-state.ts';
import type { ShedReason } from './shed-answers.ts';

const SECOND_MS = 1_000;

export class RefusalCount {
  readonly #counts: Record<ShedReason, number> = { full: 0, feed_full: 0, timed_out: 0, balancer: 0 };
  #startedAt: number;
  #inThis = 0;
  #inLast = 0;

  constructor(now: number) {
    this.#startedAt = now;
  }

  add(reason: ShedReason, now: number): void {
    this.#turn(now);
    this.#counts[reason] += 1;
    this.#inThis += 1;
  }

  get counts(): ShedCounts {
    const { full: family, feed_full: feed, timed_out: timedOut, balancer } = this.#counts;
    return { family, feed, timedOut, balancer };
  }

  lastSecond(now: number): number {
    this.#turn(now);
    return Math.max(this.#inThis, this.#inLast);
  }

  #turn(now: number): void {
    const passed = Math.floor((now - this.#startedAt) / SECOND_MS);
    if (passed < 1) return;
    this.#inLast = passed === 1 ? this.#inThis : 0;
    this.#inThis = 0;
    this.#startedAt += passed * SECOND_MS;
  }
}
