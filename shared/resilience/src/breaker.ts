/**
 * Circuit breaker: whether what fails is asked at all: a package source, a storage.
 *
 * closed -> open after `consecutiveFailures` in a row, or when of at least `minRequests` within `windowMs` at least `failureRatio`
 * failed, or at once where the failure says that all requests will fail. open -> half-open after a time drawn from `openMs` (its
 * own wish for more is granted up to `maxRetryAfterMs`). half-open: one request is a probe; its success closes the
 * breaker, its failure opens it anew, and as long as it is silent another one goes every `probeGapMs`. Of more than `maxProbes`
 * the oldest is given up. So what is well again is noticed within the longer of `openMs` and `probeGapMs` by whoever
 * asks, however long the probes before hang.
 *
 * Pure: the time is told, not asked.
 *
 * Source: M. Nygard, "Release It!", "Circuit Breaker"; window and ratio as in resilience4j. Differs: probes overlap.
 */
export type BreakerState = 'closed' | 'open' | 'halfOpen';

export interface BreakerPolicy {
  /** At least 1. */
  readonly consecutiveFailures: number;
  readonly windowMs: number;
  /** At least 1. */
  readonly minRequests: number;
  /** Above 0, at most 1. */
  readonly failureRatio: number;
  /** Shortest and longest time before a probe. */
  readonly openMs: readonly [number, number];
  readonly probeGapMs: number;
  /** At least 1. */
  readonly maxProbes: number;
  readonly maxRetryAfterMs: number;
}

export const defaultBreakerPolicy: BreakerPolicy = {
  consecutiveFailures: 5,
  windowMs: 20_000,
  minRequests: 20,
  failureRatio: 0.5,
  openMs: [1_000, 2_000],
  probeGapMs: 2_000,
  maxProbes: 4,
  maxRetryAfterMs: 30_000,
};

export interface BreakerFault {
  readonly reason: string;
  /** The wish of who failed; 0: none. */
  readonly retryAfterMs: number;
  /** Every other request would fail in the same way. */
  readonly isTotal: boolean;
}

/** What a request that was admitted has to say in the end, once; what comes after that, or too late, is not heard. */
export interface BreakerPermit {
  readonly isProbe: boolean;
  succeeded(nowMs: number): void;
  failed(nowMs: number, fault: BreakerFault): void;
  /** It ended without saying anything about who was asked. */
  dropped(): void;
  /** Of a probe: called when later ones are worth more; it shall end then. */
  whenGivenUp(then: () => void): void;
}

export type BreakerAnswer =
  | { readonly outcome: 'admitted'; readonly permit: BreakerPermit }
  | { readonly outcome: 'refused'; readonly reason: string; readonly retryAfterMs: number };

const WINDOW_PARTS = 10;

export class Breaker {
  readonly #policy: BreakerPolicy;
  readonly #random: () => number;
  #window: OutcomeWindow;
  #inARow = 0;
  /** Undefined: closed. */
  #open: { reason: string; untilMs: number } | undefined;
  /** Oldest first. */
  #probes: Probe[] = [];
  #nextProbeAtMs = 0;
  /** Counts openings and closings: a request from before the last one says nothing. */
  #epoch = 0;

  /** @param random - from 0 to less than 1. */
  constructor(policy: BreakerPolicy, random: () => number) {
    this.#policy = policy;
    this.#random = random;
    this.#window = new OutcomeWindow(policy.windowMs);
  }

  state(nowMs: number): BreakerState {
    if (this.#open === undefined) return 'closed';
    return nowMs < this.#open.untilMs ? 'open' : 'halfOpen';
  }

  /** Why it is not closed. */
  get reason(): string | undefined {
    return this.#open?.reason;
  }

  /** Until a request would be admitted; 0 when now. */
  retryAfterMs(nowMs: number): number {
    return this.#open === undefined ? 0 : Math.max(0, this.#open.untilMs - nowMs, this.#nextProbeAtMs - nowMs);
  }

  admit(nowMs: number): BreakerAnswer {
    if (this.#open === undefined) return { outcome: 'admitted', permit: this.#permit(undefined) };
    const retryAfterMs = this.retryAfterMs(nowMs);
    if (retryAfterMs > 0) return { outcome: 'refused', reason: this.#open.reason, retryAfterMs };
    const probe: Probe = { giveUp: undefined };
    if (this.#probes.length >= this.#policy.maxProbes) this.#probes.shift()?.giveUp?.();
    this.#probes.push(probe);
    this.#nextProbeAtMs = nowMs + this.#policy.probeGapMs;
    return { outcome: 'admitted', permit: this.#permit(probe) };
  }

  #permit(probe: Probe | undefined): BreakerPermit {
    const epoch = this.#epoch;
    let isSettled = false;
    const settle = (then: () => void): void => {
      if (isSettled) return;
      isSettled = true;
      if (epoch === this.#epoch) then();
    };
    return {
      isProbe: probe !== undefined,
      succeeded: (nowMs) => settle(() => this.#succeeded(nowMs)),
      failed: (nowMs, fault) => settle(() => this.#failed(nowMs, fault, probe)),
      dropped: () => settle(() => this.#dropped(probe)),
      whenGivenUp: (then) => {
        if (probe !== undefined) probe.giveUp = then;
      },
    };
  }

  #succeeded(nowMs: number): void {
    if (this.#open !== undefined) this.#turn(undefined);
    this.#inARow = 0;
    this.#window.add(nowMs, false);
  }

  #failed(nowMs: number, fault: BreakerFault, probe: Probe | undefined): void {
    if (this.#open === undefined) {
      this.#inARow += 1;
      this.#window.add(nowMs, true);
      if (this.#isOver(nowMs, fault)) this.#turn({ reason: fault.reason, untilMs: this.#reopensAt(nowMs, fault) });
      return;
    }
    const isLatest = this.#probes.at(-1) === probe;
    this.#forget(probe);
    // What an older one met was worse luck than what the latest one may have.
    if (!isLatest) return;
    this.#open.reason = fault.reason;
    this.#open.untilMs = this.#reopensAt(nowMs, fault);
    this.#nextProbeAtMs = 0;
  }

  #dropped(probe: Probe | undefined): void {
    // The next one need not wait for it.
    if (probe !== undefined && this.#probes.at(-1) === probe) this.#nextProbeAtMs = 0;
    this.#forget(probe);
  }

  #isOver(nowMs: number, fault: BreakerFault): boolean {
    const { consecutiveFailures, minRequests, failureRatio } = this.#policy;
    if (fault.isTotal || fault.retryAfterMs > 0 || this.#inARow >= consecutiveFailures) return true;
    const { total, failed } = this.#window.sums(nowMs);
    return total >= minRequests && failed >= total * failureRatio;
  }

  #reopensAt(nowMs: number, fault: BreakerFault): number {
    const [least, most] = this.#policy.openMs;
    const wish = Math.min(fault.retryAfterMs, this.#policy.maxRetryAfterMs);
    return nowMs + Math.max(least + (most - least) * this.#random(), wish);
  }

  #forget(probe: Probe | undefined): void {
    this.#probes = this.#probes.filter((each) => each !== probe);
  }

  #turn(open: { reason: string; untilMs: number } | undefined): void {
    this.#open = open;
    this.#epoch += 1;
    this.#probes = [];
    this.#nextProbeAtMs = 0;
    this.#inARow = 0;
    this.#window = new OutcomeWindow(this.#policy.windowMs);
  }
}

interface Probe {
  giveUp: (() => void) | undefined;
}

/** Outcomes of the last while, in parts that are forgotten one by one. */
class OutcomeWindow {
  readonly #partMs: number;
  readonly #parts = new Map<number, { total: number; failed: number }>();

  constructor(windowMs: number) {
    this.#partMs = windowMs / WINDOW_PARTS;
  }

  add(nowMs: number, isFailure: boolean): void {
    const at = Math.floor(nowMs / this.#partMs);
    const part = this.#parts.get(at) ?? { total: 0, failed: 0 };
    part.total += 1;
    if (isFailure) part.failed += 1;
    this.#parts.set(at, part);
    this.#forget(at);
  }

  sums(nowMs: number): { readonly total: number; readonly failed: number } {
    this.#forget(Math.floor(nowMs / this.#partMs));
    let [total, failed] = [0, 0];
    for (const part of this.#parts.values()) {
      total += part.total;
      failed += part.failed;
    }
    return { total, failed };
  }

  #forget(at: number): void {
    for (const old of this.#parts.keys()) if (old <= at - WINDOW_PARTS) this.#parts.delete(old);
  }
}
