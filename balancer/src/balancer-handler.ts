/**
 * The way of a request: how the client reached us, the route, the family, the instance, the transport; and an answer as problem
 * details wherever the way ends before an endpoint answered.
 *
 * Nothing here waits for the registry: each request takes the view as it is at that moment and keeps it.
 */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { sendProblem } from '@feedfleet/host';
import type { Metrics, PreparedProblem, RawHandler } from '@feedfleet/host';
import { ProblemError, toProblem } from '@feedfleet/problems';
import { OBSERVER_AGENT } from '@feedfleet/status-model';
import type { Compartments } from './compartments/compartments.ts';
import { discardBody } from './discard-body.ts';
import { Dispatcher } from './dispatcher.ts';
import type { AccessLog } from './access-log/access-log.ts';
import type { TrafficMeter } from './admin/traffic-meter.ts';
import { isEndpointFault } from './exchange-log.ts';
import type { Ending } from './dispatcher.ts';
import type { Visit } from './journey.ts';
import type { ExchangeFacts, ExchangeLog, ExchangeResult } from './exchange-log.ts';
import type { FleetView } from './fleet-view.ts';
import { reachedBy } from './forwarded.ts';
import type { ForwardedRules, Reached } from './forwarded.ts';
import { inTurn } from './in-turn.ts';
import type { Pools } from './pools/pools.ts';
import { greeting, servedPaths } from './served-paths.ts';
import type { Traffic, TrafficReader } from './traffic.ts';
import type { Transport } from './transport.ts';

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
  readonly traffic: TrafficReader;
  readonly compartments: Compartments;
  readonly pools: Pools;
  readonly transport: Transport;
  readonly forwarded: ForwardedRules;
  readonly limits: BalancerLimits;
  readonly log: ExchangeLog;
  readonly access?: AccessLog | undefined;
  readonly meter: Pick<TrafficMeter, 'count'>;
  readonly metrics: Metrics;
  /** What is to be said of the writes past the registry. Default: nothing. */
  readonly writesGrant?: (() => string | undefined) | undefined;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
}

export function createBalancerHandler(options: BalancerHandlerOptions): RawHandler {
  const balancer = new Balancer(options);
  return inTurn((request, response, context) =>
    balancer.handle({
      request,
      response,
      context,
      startedAt: options.now(),
      client: request.socket.remoteAddress ?? '',
    }),
  );
}

interface Refusal {
  readonly result: ExchangeResult;
  readonly family?: string;
  readonly problem: ProblemError;
}

type Told = Pick<ExchangeFacts, 'family' | 'servedBy' | 'instance' | 'result' | 'status' | 'cause'> & {
  readonly traffic?: Traffic;
};

class Balancer {
  readonly #options: BalancerHandlerOptions;
  readonly #dispatcher: Dispatcher;

  constructor(options: BalancerHandlerOptions) {
    this.#options = options;
    this.#dispatcher = new Dispatcher({
      ...options,
      answer: (visit, problem) => this.#answer(visit, problem),
      ended: (visit, ending) => this.#ended(visit, ending),
    });
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
    visit.client = reached.hops[0] ?? visit.client;
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
        const traffic = this.#options.traffic.read(visit.request, { family: match.family, path: reached.path, fleet });
        this.#dispatcher.dispatch({ visit, reached, traffic, fleet });
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

  #ended(visit: Visit, ending: Ending): void {
    const { traffic, family: servedBy, instance, result, status, cause, isSourceFault } = ending;
    const { family } = traffic;
    const isFailure = isEndpointFault(result) || (result === 'complete' && status >= 500 && !isSourceFault);
    const durationMs = this.#options.now() - visit.startedAt;
    this.#options.meter.count({ family, isResident: servedBy === family, isFailure, durationMs });
    this.#tell(visit, { family, servedBy, instance, result, status, cause, traffic });
  }

  #refuse(visit: Visit, { result, family = 'none', problem }: Refusal): void {
    this.#answer(visit, problem);
    this.#tell(visit, { family, result, status: problem.status, cause: problem.cause });
  }

  #answer({ request, response, context }: Visit, problem: ProblemError | PreparedProblem): void {
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

  #tell(visit: Visit, { family, servedBy, instance, result, status, cause, traffic }: Told): void {
    const { request, context, startedAt } = visit;
    const durationMs = this.#options.now() - startedAt;
    const method = request.method ?? '';
    const { requestId } = context;
    const isProbe = request.headers['user-agent'] === OBSERVER_AGENT;
    const facts = {
      family,
      servedBy,
      instance,
      result,
      status,
      cause,
      traffic,
      durationMs,
      requestId,
      method,
      isProbe,
    };
    this.#options.log.ended(facts);
    this.#options.access?.ended(visit, facts);
  }
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
