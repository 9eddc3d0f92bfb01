/**
 * What a balancer thinks of one instance: by its checks, and by how requests went there. Pure: the clock is passed in.
 *
 * Checks call it down and up; failures have it ejected for a time. An ejection ends early when checks have seen the instance go down and
 * come up again, as it does when it was started anew.
 *
 * Source: Envoy, "Outlier detection", `successful_active_health_check_uneject_host`.
 */
import { CheckState } from './check-state.ts';
import type { CheckResult } from './check-state.ts';
import { Ejection } from './ejection.ts';
import type { Sweep } from './outliers.ts';
import type { Verdict } from './verdict.ts';

export type CheckKind = 'ready' | 'deep';

/** So many failures in a row have an instance ejected. */
const MAX_FAILURES_IN_A_ROW = 5;

export class InstanceHealth {
  readonly #checks: Readonly<Record<CheckKind, CheckState>> = { ready: new CheckState(), deep: new CheckState() };
  readonly #ejection = new Ejection();
  #ejectedWhy = '';
  #failuresInARow = 0;
  #hasServed = false;
  #successes = 0;
  #failures = 0;
  #totalLatencyMs = 0;

  /** Whether a check says that it takes no requests, or cannot do its work. */
  get isDown(): boolean {
    return this.#checks.ready.status === 'down' || this.#checks.deep.status === 'down';
  }

  get isKnown(): boolean {
    return this.#hasServed || this.#checks.ready.status !== 'unknown';
  }

  /** By the clock that is passed in; in the past when it is not ejected. */
  get ejectedUntil(): number {
    return this.#ejection.until;
  }

  isHealthyAt(now: number): boolean {
    return !this.isDown && !this.#ejection.isActive(now);
  }

  isEjectedAt(now: number): boolean {
    return this.#ejection.isActive(now);
  }

  /** For operators: empty when there is nothing wrong with it. */
  whyAt(now: number): string {
    if (this.#checks.ready.status === 'down') return 'it does not say that it is ready';
    if (this.#checks.deep.status === 'down') return 'it cannot read its store';
    return this.#ejection.isActive(now) ? this.#ejectedWhy : '';
  }

  /** @returns whether it is down or up from now on, other than before. */
  check(kind: CheckKind, result: CheckResult, now: number): boolean {
    const wasDown = this.isDown;
    this.#checks[kind].take(result);
    if (wasDown === this.isDown) return false;
    if (wasDown) {
      this.#ejection.end(now);
      this.#failuresInARow = 0;
    }
    return true;
  }

  /** @returns whether it has failed so often in a row that it is to be ejected. */
  record(verdict: Verdict, latencyMs: number): boolean {
    switch (verdict) {
      case 'neutral':
        return false;
      case 'success':
        this.#hasServed = true;
        this.#failuresInARow = 0;
        this.#successes++;
        this.#totalLatencyMs += latencyMs;
        return false;
      case 'failure':
        this.#failures++;
        this.#failuresInARow++;
        return this.#failuresInARow >= MAX_FAILURES_IN_A_ROW;
    }
  }

  /** @returns for how long, in milliseconds. */
  eject(why: string, now: number): number {
    this.#ejectedWhy = why;
    this.#failuresInARow = 0;
    return this.#ejection.start(now);
  }

  /** What was recorded since this was asked last. */
  takeSweep(): Sweep {
    const sweep = { successes: this.#successes, failures: this.#failures, totalLatencyMs: this.#totalLatencyMs };
    this.#successes = 0;
    this.#failures = 0;
    this.#totalLatencyMs = 0;
    return sweep;
  }
}
