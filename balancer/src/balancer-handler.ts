/**
 * The way of a request: how the client reached us, the route, the family, the instance, the transport; and an answer as problem
 * details wherever the way ends before an endpoint answered.
 *
 * Nothing here waits for the registry: each request takes the view as it is at that moment and keeps it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { sendProblem } from '@feedfleet/host';
import type { RawHandler, RequestContext } from '@feedfleet/host';
import { ProblemError, toProblem } from '@feedfleet/problems';
import type { RegistryView } from '@feedfleet/registry-client';
import { discardBody } from './discard-body.ts';
import type { ExchangeLog, ExchangeResult } from './exchange-log.ts';
import { familyUnavailable, problemOfFailure } from './failure-problem.ts';
import { FORWARDED_NAMES, ForwardedHeaders, reachedBy } from './forwarded.ts';
import type { ForwardedRules, Reached } from './forwarded.ts';
import { inTurn } from './in-turn.ts';
import { framingOf } from './request-framing.ts';
import type { SelectionPolicy } from './selection-policy.ts';
import { greeting, servedPaths } from './served-paths.ts';
import { Targets } from './target-of.ts';
import type { ForwardOutcome, Target, Transport } from './transport.ts';

/** A `tracestate` says something only with the `traceparent` that it came with. */
const WITHHELD_FROM_NEW_TRACE: ReadonlySet<string> = new Set([...FORWARDED_NAMES, 'tracestate']);

/** What the balancer reads of the registry. */
export type FleetView = Pick<RegistryView, 'routeTable' | 'routes' | 'instancesOf'>;

export interface BalancerLimits {
  /** The longest silence while a body flows either way, in milliseconds. */
  readonly idleTimeoutMs: number;
  readonly maxBodyBytes: number;
  /** The longest path with query, in bytes. */
  readonly maxUrlBytes: number;
  /** How long the rest of a body is read after a refusal, in milliseconds. */
  readonly discardTimeoutMs: number;
}

export interface BalancerHandlerOptions {
  /** @throws {ProblemError} when there never was a view. */
  readonly fleet: () => FleetView;
  readonly selection: SelectionPolicy;
  readonly transport: Transport;
  readonly forwarded: ForwardedRules;
  readonly limits: BalancerLimits;
  readonly log: ExchangeLog;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
}

export function createBalancerHandler(options: BalancerHandlerOptions): RawHandler {
  const balancer = new Balancer(options);
  return inTurn((request, response, context) =>
    balancer.handle({ request, response, context, startedAt: options.now() }),
  );
}

interface Visit {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly context: RequestContext;
  readonly startedAt: number;
}

interface Refusal {
  readonly result: ExchangeResult;
  readonly family?: string;
  readonly problem: ProblemError;
}

class Balancer {
  readonly #options: BalancerHandlerOptions;
  readonly #targets = new Targets();
  readonly #forwardedHeaders = new ForwardedHeaders();

  constructor(options: BalancerHandlerOptions) {
    this.#options = options;
  }

  handle(visit: Visit): void {
    const { request } = visit;
    const { maxUrlBytes } = this.#options.limits;
    if ((request.url?.length ?? 0) > maxUrlBytes) {
      const problem = new ProblemError('uriTooLong', {
        detail: `A path with its query has at most ${maxUrlBytes} bytes.`,
      });
      this.#refuse(visit, { result: 'uri_too_long', problem });
      return;
    }
    const reached = this.#reachedBy(request);
    if (reached.outcome === 'malformed') {
      const problem = new ProblemError('invalidRequest', { detail: reached.detail, reason: reached.detail });
      this.#refuse(visit, { result: 'malformed', problem });
      return;
    }
    this.#route(visit, reached);
  }

  #reachedBy(request: IncomingMessage): ReturnType<typeof reachedBy> {
    if (hasSecondHost(request.rawHeaders)) return { outcome: 'malformed', detail: 'There must be one Host header.' };
    const { socket } = request;
    const received = {
      peer: socket.remoteAddress ?? '',
      encrypted: 'encrypted' in socket,
      target: request.url ?? '/',
      headers: request.headers,
      localHost: request.headers.host === undefined ? localHostOf(socket) : '',
    };
    return reachedBy(received, this.#options.forwarded);
  }

  #route(visit: Visit, reached: Reached): void {
    let fleet: FleetView;
    try {
      fleet = this.#options.fleet();
    } catch (error) {
      this.#refuse(visit, { result: 'no_registry', problem: toProblem(error, 'registryUnavailable') });
      return;
    }
    const match = fleet.routeTable.match(visit.request.method ?? 'GET', reached.path);
    switch (match.outcome) {
      case 'matched': {
        const instance = this.#options.selection.select(match.family, fleet.instancesOf(match.family));
        if (instance === undefined) {
          const { family } = match;
          this.#refuse(visit, { result: 'no_instance', family, problem: familyUnavailable(family) });
        } else {
          this.#forward(visit, reached, this.#targets.of(instance));
        }
        return;
      }
      case 'methodNotAllowed': {
        const allow = match.allowed.join(', ');
        const problem = new ProblemError('methodNotAllowed', { detail: `Allowed here: ${allow}.`, headers: { allow } });
        this.#refuse(visit, { result: 'method_not_allowed', problem });
        return;
      }
      case 'absent':
        if (isRoot(reached.path) && isRead(visit.request.method)) this.#greet(visit, reached);
        else this.#refuse(visit, { result: 'not_found', problem: notFound(fleet) });
    }
  }

  #forward(visit: Visit, reached: Reached, target: Target): void {
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
    void this.#options.transport
      .forward(request, response, target, {
        path: reached.path,
        timeoutMs,
        idleTimeoutMs,
        maxBodyBytes,
        headers,
        withheld: context.continuesTrace ? FORWARDED_NAMES : WITHHELD_FROM_NEW_TRACE,
        responseHeaders: { 'x-request-id': context.requestId },
      })
      .then((outcome) => this.#ended(visit, target, { outcome, timeoutMs }));
  }

  #ended(
    visit: Visit,
    { family, instance }: Target,
    { outcome, timeoutMs }: { readonly outcome: ForwardOutcome; readonly timeoutMs: number },
  ): void {
    let status = 0;
    if (outcome.outcome === 'unanswered') {
      const { maxBodyBytes } = this.#options.limits;
      const problem = problemOfFailure(outcome.termination, { family, maxBodyBytes, timeoutMs });
      if (problem !== undefined) {
        this.#answer(visit, problem);
        status = problem.status;
      }
    } else {
      status = outcome.status;
    }
    const cause = outcome.outcome === 'unanswered' ? outcome.cause : undefined;
    this.#tell(visit, { family, instance, result: outcome.termination, status, cause });
  }

  #refuse(visit: Visit, { result, family = 'none', problem }: Refusal): void {
    this.#answer(visit, problem);
    this.#tell(visit, { family, result, status: problem.status, cause: problem.cause });
  }

  #answer({ request, response, context }: Visit, problem: ProblemError): void {
    sendProblem(response, problem, context);
    discardBody(request, { timeoutMs: this.#options.limits.discardTimeoutMs });
  }

  #greet(visit: Visit, reached: Reached): void {
    const { request, response, context } = visit;
    const body = Buffer.from(greeting(reached));
    response.writeHead(200, {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': body.length,
      'x-request-id': context.requestId,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
    discardBody(request, { timeoutMs: this.#options.limits.discardTimeoutMs });
    this.#tell(visit, { family: 'none', result: 'greeted', status: 200 });
  }

  #tell(
    { request, context, startedAt }: Visit,
    facts: Pick<Parameters<ExchangeLog['ended']>[0], 'family' | 'instance' | 'result' | 'status' | 'cause'>,
  ): void {
    const durationMs = this.#options.now() - startedAt;
    this.#options.log.ended({ ...facts, durationMs, requestId: context.requestId, method: request.method ?? '' });
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

function notFound(fleet: FleetView): ProblemError {
  return new ProblemError('noSuchResource', { detail: servedPaths(fleet.routes) });
}

function isRoot(path: string): boolean {
  return path === '/' || path.startsWith('/?');
}

function isRead(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** RFC 9112, section 3.2: more than one is malformed. Node keeps the first and says nothing. */
function hasSecondHost(rawHeaders: readonly string[]): boolean {
  let count = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count > 1;
}

function localHostOf({ localAddress = 'localhost', localPort = 80 }: Partial<Socket>): string {
  return localAddress.includes(':') ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
}
