/**
 * A routed request on its way: rerouted, admitted to its compartment, tried at an instance or at several, answered, told.
 *
 * What each step decides lies behind a port of its own; here is only their order, and that whatever was taken is given back once.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestContext } from '@feedfleet/host';
import { FAMILY_HEADER } from '@feedfleet/registry-client';
import type { Compartments, Permit, Shed } from './compartments/compartments.ts';
import type { ExchangeResult } from './exchange-log.ts';
import { familyUnavailable, problemOfFailure } from './failure-problem.ts';
import type { FleetView } from './fleet-view.ts';
import { FORWARDED_NAMES, ForwardedHeaders } from './forwarded.ts';
import type { Reached } from './forwarded.ts';
import type { Occupied, Pools } from './pools/pools.ts';
import { framingOf } from './request-framing.ts';
import { isSourceFault } from './source-fault.ts';
import { servingFamily } from './reroutes/reroutes.ts';
import type { Traffic } from './traffic.ts';
import type { ForwardOutcome, Transport } from './transport.ts';

/** A `tracestate` says something only with the `traceparent` that it came with. */
const WITHHELD_FROM_NEW_TRACE: ReadonlySet<string> = new Set([...FORWARDED_NAMES, 'tracestate']);
const NONE: ReadonlySet<string> = new Set();
const NOT_SERVED = { instance: undefined, isSourceFault: false } as const;

export interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: RequestContext;
  readonly startedAt: number;
}

/** What a request is for. */
export interface Journey {
  readonly visit: Visit;
  readonly reached: Reached;
  readonly traffic: Traffic;
  readonly fleet: FleetView;
}

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
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly answer: (visit: Visit, problem: NonNullable<ReturnType<typeof problemOfFailure>>) => void;
  readonly ended: (visit: Visit, ending: Ending) => void;
}

/** A journey that was admitted. */
interface Admitted extends Journey {
  readonly family: string;
  readonly permit: Permit;
  readonly admittedAt: number;
}

/** What is told of an attempt while it runs. */
interface Running {
  readonly occupied: Occupied;
  readonly timeoutMs: number;
  readonly startedAt: number;
  answeredMs: number | undefined;
  isSourceFault: boolean;
}

export class Dispatcher {
  readonly #options: DispatcherOptions;
  readonly #forwardedHeaders = new ForwardedHeaders();

  constructor(options: DispatcherOptions) {
    this.#options = options;
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
      this.#attempt({ ...journey, family, permit: entered, admittedAt: this.#options.now() });
      return;
    }
    const { visit, traffic } = journey;
    const { result, problem } = entered;
    if (problem !== undefined) this.#options.answer(visit, problem);
    const status = problem?.status ?? 0;
    this.#options.ended(visit, { ...NOT_SERVED, traffic, family, result, status, cause: problem?.cause });
  }

  #attempt(admitted: Admitted): void {
    const { traffic, family, fleet, visit, permit } = admitted;
    const occupied = this.#options.pools.take({ traffic, family, fleet, tried: NONE });
    if (occupied === undefined) {
      const problem = familyUnavailable(family);
      this.#options.answer(visit, problem);
      permit.leave({ result: 'no_instance', status: problem.status, answeredMs: undefined, isSourceFault: false });
      const ending = { ...NOT_SERVED, traffic, family, result: 'no_instance' as const };
      this.#options.ended(visit, { ...ending, status: problem.status, cause: undefined });
      return;
    }
    this.#forward(admitted, occupied);
  }

  #forward(admitted: Admitted, occupied: Occupied): void {
    const { visit, reached, traffic, family } = admitted;
    const { request, response, context } = visit;
    const { idleTimeoutMs, maxBodyBytes } = this.#options.limits;
    const timeoutMs = Math.max(1, context.remainingMs());
    const headers: Record<string, string> = {
      ...this.#forwardedHeaders.of(reached),
      'x-request-id': context.requestId,
      traceparent: context.traceparent,
    };
    const budget = budgetFor(request, timeoutMs);
    if (budget !== undefined) headers['x-feedfleet-timeout-ms'] = budget;
    const responseHeaders: Record<string, string> = { 'x-request-id': context.requestId };
    if (family !== traffic.family) {
      headers[FAMILY_HEADER] = traffic.family;
      responseHeaders['x-feedfleet-served-by'] = family;
    }
    const startedAt = this.#options.now();
    const running: Running = { occupied, timeoutMs, startedAt, answeredMs: undefined, isSourceFault: false };
    void this.#options.transport
      .forward(request, response, occupied.target, {
        path: reached.path,
        timeoutMs,
        idleTimeoutMs,
        maxBodyBytes,
        headers,
        withheld: context.continuesTrace ? FORWARDED_NAMES : WITHHELD_FROM_NEW_TRACE,
        responseHeaders,
        onHead: (_status, fields) => {
          running.answeredMs = this.#options.now() - startedAt;
          running.isSourceFault = isSourceFault(fields);
        },
      })
      .then((outcome) => this.#ended(admitted, running, outcome));
  }

  #ended(admitted: Admitted, running: Running, outcome: ForwardOutcome): void {
    const { visit, traffic, family, permit, admittedAt } = admitted;
    const { occupied, startedAt, answeredMs, isSourceFault, timeoutMs } = running;
    occupied.leave({ outcome, answeredMs, isSourceFault, timeoutMs });
    const status = outcome.outcome === 'unanswered' ? this.#answerFor(admitted, outcome, timeoutMs) : outcome.status;
    const result = outcome.termination;
    const sinceAdmissionMs = answeredMs === undefined ? undefined : startedAt - admittedAt + answeredMs;
    permit.leave({ result, status, answeredMs: sinceAdmissionMs, isSourceFault });
    const cause = outcome.outcome === 'unanswered' ? outcome.cause : undefined;
    const instance = occupied.instance.id;
    this.#options.ended(visit, { traffic, family, instance, result, status, isSourceFault, cause });
  }

  /** @returns the status; 0 when there is nobody left to answer. */
  #answerFor({ visit, family }: Admitted, { termination }: ForwardOutcome, timeoutMs: number): number {
    if (termination === 'complete') return 0;
    const { maxBodyBytes } = this.#options.limits;
    const problem = problemOfFailure(termination, { family, maxBodyBytes, timeoutMs });
    if (problem === undefined) return 0;
    this.#options.answer(visit, problem);
    return problem.status;
  }
}

/**
 * The budget that the endpoint is told. A body under way has no total limit, so with one the client's own wish is all that
 * there is to pass on.
 */
function budgetFor(request: IncomingMessage, timeoutMs: number): string | undefined {
  if (framingOf(request.headers) === 'none') return String(timeoutMs);
  const wish = request.headers['x-feedfleet-timeout-ms'];
  return typeof wish === 'string' && /^\d{1,9}$/.test(wish) ? wish : undefined;
}
