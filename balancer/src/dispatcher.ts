/**
 * A routed request on its way: rerouted, admitted to its compartment, tried at an instance or at several, answered, told.
 *
 * What each step decides lies behind a port of its own; here is only their order, and that whatever was taken is given back once.
 */
import type { Metrics, PreparedProblem } from '@feedfleet/host';
import type { ProblemError } from '@feedfleet/problems';
import type { Instance } from '@feedfleet/registry-client';
import type { Compartments, Permit, Shed } from './compartments/compartments.ts';
import type { ExchangeResult } from './exchange-log.ts';
import { familyUnavailable, problemOfFailure } from './failure-problem.ts';
import type { Journey, Visit } from './journey.ts';
import type { Pools } from './pools/pools.ts';
import { servingFamily } from './reroutes/reroutes.ts';
import { Attempts } from './retries/attempts.ts';
import type { AttemptsEnd } from './retries/attempts.ts';
import type { Traffic } from './traffic.ts';
import type { Transport, Unanswered } from './transport.ts';

const NOT_SERVED = { instance: undefined, isSourceFault: false } as const;

/** How a request ended, for those who answer and tell. */
export interface Ending {
  readonly traffic: Traffic;
  /** Whose instances served it. */
  readonly family: string;
  readonly instance: string | undefined;
  readonly result: ExchangeResult;
  readonly status: number;
  /** Whether the answer says that the trouble is a package source's. */
  readonly isSourceFault: boolean;
  readonly cause: unknown;
}

export interface DispatcherOptions {
  readonly compartments: Compartments;
  readonly pools: Pools;
  readonly transport: Transport;
  readonly limits: { readonly idleTimeoutMs: number; readonly maxBodyBytes: number };
  readonly metrics: Metrics;
  /** What is to be said of the writes past the registry. Default: nothing. */
  readonly writesGrant?: (() => string | undefined) | undefined;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly answer: (visit: Visit, problem: ProblemError | PreparedProblem) => void;
  readonly ended: (visit: Visit, ending: Ending) => void;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #attempts: Attempts;

  constructor(options: DispatcherOptions) {
    this.#options = options;
    const busy = (instance: Instance, percent: number): void => options.compartments.busy(instance, percent);
    this.#attempts = new Attempts({ ...options, busy });
  }

  dispatch(journey: Journey): void {
    const { visit, traffic, fleet } = journey;
    const { context } = visit;
    const { compartments, wallClock } = this.#options;
    const family = servingFamily({ traffic, fleet, requestId: context.requestId, now: wallClock() });
    const entered = compartments.enter({ traffic, family, fleet, waiter: context });
    if (entered instanceof Promise) void entered.then((later) => this.#entered(journey, family, later));
    else this.#entered(journey, family, entered);
  }

  #entered(journey: Journey, family: string, entered: Permit | Shed): void {
    if (entered.outcome === 'admitted') {
      const admittedAt = this.#options.now();
      this.#attempts.begin(journey, family, (end) => {
        if (end === undefined) this.#unserved(journey, family, entered);
        else this.#served({ journey, family, permit: entered, admittedAt }, end);
      });
      return;
    }
    const { visit, traffic } = journey;
    const { result, problem } = entered;
    if (problem !== undefined) this.#options.answer(visit, problem);
    const status = problem?.problem.status ?? 0;
    this.#options.ended(visit, { ...NOT_SERVED, traffic, family, result, status, cause: undefined });
  }

  #unserved({ visit, traffic }: Journey, family: string, permit: Permit): void {
    const problem = familyUnavailable(family);
    const { status } = problem;
    const result = 'no_instance' as const;
    this.#options.answer(visit, problem);
    permit.leave({ result, status, answeredMs: undefined, isSourceFault: false });
    this.#options.ended(visit, { ...NOT_SERVED, traffic, family, result, status, cause: undefined });
  }

  #served({ journey, family, permit, admittedAt }: Admitted, end: AttemptsEnd): void {
    const { visit, traffic } = journey;
    const { outcome, instance, timeoutMs, answeredAt, isSourceFault } = end;
    const isUnanswered = outcome.outcome === 'unanswered';
    const status = isUnanswered ? this.#answerFor(visit, family, { outcome, timeoutMs }) : outcome.status;
    const result = outcome.termination;
    const answeredMs = answeredAt === undefined ? undefined : answeredAt - admittedAt;
    permit.leave({ result, status, answeredMs, isSourceFault });
    const cause = isUnanswered ? outcome.cause : undefined;
    this.#options.ended(visit, { traffic, family, instance, isSourceFault, result, status, cause });
  }

  /** @returns the status; 0 when there is nobody left to answer. */
  #answerFor(visit: Visit, family: string, { outcome, timeoutMs }: UnansweredAttempt): number {
    const { maxBodyBytes } = this.#options.limits;
    const problem = problemOfFailure(outcome.termination, { family, maxBodyBytes, timeoutMs });
    if (problem === undefined) return 0;
    this.#options.answer(visit, problem);
    return problem.status;
  }
}

/** A journey that was admitted. */
interface Admitted {
  readonly journey: Journey;
  readonly family: string;
  readonly permit: Permit;
  readonly admittedAt: number;
}

interface UnansweredAttempt {
  readonly outcome: Unanswered;
  readonly timeoutMs: number;
}
