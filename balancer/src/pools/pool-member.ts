/** One instance in its pool: what it is asked for, what is known of it, and what it has under way. Kept for as long as id and URL stay. */
import type { Instance } from '@feedfleet/registry-client';
import { InstanceHealth } from '../health/instance-health.ts';
import { verdictOf } from '../health/verdict.ts';
import type { Target, Termination } from '../transport.ts';
import type { Attempt, MemberHealth, MemberState } from './pools.ts';
import { RecentLatency } from './recent-latency.ts';
import type { Candidate } from './selection-policy.ts';

/** How long an instance starts slowly, in milliseconds, and the share of its weight that it begins with. */
const RAMP_MS = 20_000;
const LEAST_RAMP = 0.1;

/** How attempts ended, for metrics: by the transport's word, and answers by whether the endpoint failed in them. */
export type AttemptResult = Termination | 'failed' | 'source_failed';

export class PoolMember implements Candidate {
  readonly id: string;
  readonly target: Target;
  readonly health = new InstanceHealth();
  readonly results = new Map<AttemptResult, number>();
  /** As the registry has it now. */
  instance: Instance;
  /** Whether health let it take requests when that was looked at last. */
  wasHealthy = true;
  inFlight = 0;
  readonly #latency = new RecentLatency();
  #rampFrom: number;
  #requests = 0;
  #failures = 0;

  /** @param rampFrom - when its slow start begins; `-Infinity` for none. */
  constructor(instance: Instance, rampFrom: number) {
    this.id = instance.id;
    this.instance = instance;
    this.target = targetOf(instance);
    this.#rampFrom = rampFrom;
  }

  get weight(): number {
    return this.instance.weight;
  }

  /** Whether the registry lets it take requests. */
  get isOpen(): boolean {
    return this.instance.state === 'active' && this.instance.weight > 0;
  }

  latencyAt(now: number): number | undefined {
    return this.#latency.at(now);
  }

  rampAt(now: number): number {
    const elapsed = now - this.#rampFrom;
    return elapsed >= RAMP_MS ? 1 : Math.max(LEAST_RAMP, elapsed / RAMP_MS);
  }

  startSlowly(now: number): void {
    this.#rampFrom = now;
  }

  enter(): void {
    this.inFlight++;
    this.#requests++;
  }

  /** @returns whether it failed so often in a row that it is to be ejected. */
  leave(attempt: Attempt, now: number): boolean {
    this.inFlight--;
    const { outcome, answeredMs, isSourceFault } = attempt;
    const verdict = verdictOf(attempt);
    const isFailure = verdict === 'failure';
    if (isFailure) this.#failures++;
    const isAnswer = outcome.termination === 'complete';
    this.#count(isAnswer && isFailure ? 'failed' : isAnswer && isSourceFault ? 'source_failed' : outcome.termination);
    // Failing fast is not being fast: only answers that went well tell the latency.
    if (verdict === 'success' && answeredMs !== undefined) this.#latency.observe(answeredMs, now);
    return this.health.record(verdict, answeredMs ?? 0);
  }

  stateAt(now: number, wallClock: number): MemberState {
    const { instance, health, inFlight } = this;
    const isEjected = health.isEjectedAt(now);
    return {
      instance,
      health: this.#healthAt(now),
      why: health.whyAt(now),
      ejectedUntil: isEjected ? Math.round(wallClock + health.ejectedUntil - now) : undefined,
      isTaking: this.isOpen && health.isHealthyAt(now),
      inFlight,
      latencyMs: this.latencyAt(now),
      rampShare: this.rampAt(now),
      requests: this.#requests,
      failures: this.#failures,
    };
  }

  #healthAt(now: number): MemberHealth {
    if (this.health.isDown) return 'down';
    if (this.health.isEjectedAt(now)) return 'ejected';
    return this.health.isKnown ? 'healthy' : 'unknown';
  }

  #count(result: AttemptResult): void {
    this.results.set(result, (this.results.get(result) ?? 0) + 1);
  }
}

function targetOf({ id, family, url }: Instance): Target {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'https:';
  return {
    family,
    instance: id,
    protocol: secure ? 'https:' : 'http:',
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
  };
}
