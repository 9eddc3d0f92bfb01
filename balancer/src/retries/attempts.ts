/**
 * An admitted request at an instance, and at a second one: after the first has failed, or, where the family wants that, while it is
 * slow. Of two at a time the one whose answer begins first is delivered, and the other one cancelled at that moment, so that no body
 * is ever held back.
 */
import type { Metrics } from '@feedfleet/host';
import type { Instance } from '@feedfleet/registry-client';
import type { Journey } from '../journey.ts';
import { ForwardOptionsMaker } from '../forward-options.ts';
import type { ForwardLimits } from '../forward-options.ts';
import type { Occupied, Pools } from '../pools/pools.ts';
import { framingOf } from '../request-framing.ts';
import { isSourceFault } from '../source-fault.ts';
import { takeToldBusy } from '../told-busy.ts';
import type { ForwardOutcome, Transport } from '../transport.ts';
import { RetryBudget } from './retry-budget.ts';
import type { RetryLease } from './retry-budget.ts';
import { RetryMetrics } from './retry-metrics.ts';
import { hedgeAfterMs, mayTryAgain } from './second-try.ts';

/** How the last attempt at a request went. */
export interface AttemptsEnd {
  readonly outcome: ForwardOutcome;
  readonly instance: string;
  /** How long the instance was given for the head of its answer. */
  readonly timeoutMs: number;
  /** When the head of the answer came, by the clock that is passed in; `undefined` where none came. */
  readonly answeredAt: number | undefined;
  readonly isSourceFault: boolean;
}

export interface AttemptsOptions {
  readonly pools: Pools;
  readonly transport: Transport;
  readonly limits: ForwardLimits;
  readonly metrics: Metrics;
  /** What is to be said of the writes past the registry. Default: nothing. */
  readonly writesGrant?: (() => string | undefined) | undefined;
  /** Told how busy the event loop of an instance is, in percent, when it says so. */
  readonly busy: (instance: Instance, percent: number) => void;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
}

type Settle = (end: AttemptsEnd | undefined) => void;

const NONE: ReadonlySet<string> = new Set();
const MAX_ATTEMPTS = 2;

/** A request on its way. */
interface Course {
  readonly journey: Journey;
  readonly family: string;
  readonly settle: Settle;
  attempts: number;
  /** One, or two at a time. */
  readonly underWay: Attempting[];
  hedgeTimer: NodeJS.Timeout | undefined;
}

/** One attempt while it runs. */
interface Attempting {
  readonly occupied: Occupied;
  readonly startedAt: number;
  readonly timeoutMs: number;
  readonly lease: RetryLease | undefined;
  /** Where there may be another one at the same time. */
  readonly cancel: AbortController | undefined;
  answeredAt: number | undefined;
  isSourceFault: boolean;
}

export class Attempts {
  readonly #options: AttemptsOptions;
  readonly #forwardOptions: ForwardOptionsMaker;
  readonly #budget: RetryBudget;
  readonly #metrics: RetryMetrics;

  constructor(options: AttemptsOptions) {
    this.#options = options;
    this.#forwardOptions = new ForwardOptionsMaker(options.limits, options.writesGrant ?? (() => undefined));
    this.#budget = new RetryBudget(options);
    this.#metrics = new RetryMetrics(options.metrics, () => this.#budget.left);
  }

  /** @param settle - called once; with `undefined` when there was no instance to ask. */
  begin(journey: Journey, family: string, settle: Settle): void {
    const { traffic, fleet, visit } = journey;
    this.#budget.requested();
    const occupied = this.#options.pools.take({ traffic, family, fleet, tried: NONE });
    if (occupied === undefined) {
      settle(undefined);
      return;
    }
    const { method, headers } = visit.request;
    const hasBody = framingOf(headers) !== 'none';
    const afterMs = hedgeAfterMs({ traffic, method, hasBody, balancing: fleet.familyById(family)?.balancing });
    const course: Course = { journey, family, settle, attempts: 0, underWay: [], hedgeTimer: undefined };
    if (afterMs !== undefined) course.hedgeTimer = setTimeout(() => this.#hedge(course, occupied), afterMs);
    this.#attempt(course, occupied, undefined);
  }

  #attempt(course: Course, occupied: Occupied, lease: RetryLease | undefined): void {
    const { journey, family } = course;
    const { request, response, context } = journey.visit;
    const timeoutMs = Math.max(1, context.remainingMs());
    const attempting: Attempting = {
      occupied,
      startedAt: this.#options.now(),
      timeoutMs,
      lease,
      cancel: course.hedgeTimer === undefined ? undefined : new AbortController(),
      answeredAt: undefined,
      isSourceFault: false,
    };
    course.attempts++;
    course.underWay.push(attempting);
    const forward = this.#forwardOptions.of(journey, {
      family,
      timeoutMs,
      onHead: (_status, fields) => this.#answering(course, attempting, fields),
      signal: attempting.cancel?.signal,
    });
    void this.#options.transport
      .forward(request, response, occupied.target, forward)
      .then((outcome) => this.#ended(course, attempting, outcome));
  }

  /** From now on the answer is this one's. */
  #answering(course: Course, attempting: Attempting, fields: string[]): void {
    attempting.answeredAt = this.#options.now();
    const busy = takeToldBusy(fields);
    if (busy !== undefined) this.#options.busy(attempting.occupied.instance, busy);
    attempting.isSourceFault = isSourceFault(fields);
    clearTimeout(course.hedgeTimer);
    for (const other of course.underWay) if (other !== attempting) other.cancel?.abort();
  }

  #ended(course: Course, attempting: Attempting, outcome: ForwardOutcome): void {
    const { occupied, startedAt, answeredAt, timeoutMs, lease } = attempting;
    const { isSourceFault: sourceFault } = attempting;
    const answeredMs = answeredAt === undefined ? undefined : answeredAt - startedAt;
    occupied.leave({ outcome, answeredMs, isSourceFault: sourceFault, timeoutMs });
    lease?.release();
    course.underWay.splice(course.underWay.indexOf(attempting), 1);
    // The other one decides.
    if (course.underWay.length > 0) return;
    clearTimeout(course.hedgeTimer);
    if (outcome.outcome === 'unanswered' && this.#tryAgain(course, occupied, outcome)) return;
    const instance = occupied.instance.id;
    course.settle({ outcome, instance, timeoutMs, answeredAt, isSourceFault: sourceFault });
  }

  #tryAgain(course: Course, failed: Occupied, outcome: ForwardOutcome & { outcome: 'unanswered' }): boolean {
    const { journey, family, attempts } = course;
    const { traffic, fleet, visit } = journey;
    if (attempts >= MAX_ATTEMPTS || fleet.familyById(family)?.balancing.retries === false) return false;
    if (!mayTryAgain({ traffic, outcome, remainingMs: visit.context.remainingMs() })) return false;
    return this.#second(course, failed, 'retry');
  }

  #hedge(course: Course, first: Occupied): void {
    if (course.attempts < MAX_ATTEMPTS && course.underWay.length > 0) this.#second(course, first, 'hedge');
  }

  #second(course: Course, first: Occupied, kind: 'retry' | 'hedge'): boolean {
    const { journey, family } = course;
    const { traffic, fleet } = journey;
    const lease = this.#budget.take();
    if (lease === undefined) {
      this.#metrics.count(family, 'no_budget');
      return false;
    }
    const occupied = this.#options.pools.take({ traffic, family, fleet, tried: new Set([first.instance.id]) });
    if (occupied === undefined) {
      lease.release();
      this.#metrics.count(family, 'no_instance');
      return false;
    }
    this.#metrics.count(family, kind);
    this.#attempt(course, occupied, lease);
    return true;
  }
}
