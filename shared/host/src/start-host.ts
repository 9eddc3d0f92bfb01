/**
 * The endpoint host: what every process answers the same way, and the drain.
 *
 * The order of a drain is what lets a balancer lose nothing: readiness turns 503, the listener stays open until that was
 * seen, then it closes, idle connections go, and requests under way get their time.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProblemError } from '@feedfleet/problems';
import { BusyMeter, BusyTeller } from './busy-meter.ts';
import { ClientConnections } from './client-connections.ts';
import { answerClientErrors } from './client-errors.ts';
import { DeepCheck } from './deep-check.ts';
import { expressHandler } from './express-routes.ts';
import type { ContextHandler } from './express-routes.ts';
import { HealthRoutes } from './health-routes.ts';
import type { HostLimits, HostOptions, Readiness, RunningHost } from './host-options.ts';
import { HostRequestContext } from './host-request-context.ts';
import type { ContextSource } from './host-request-context.ts';
import { Listener } from './listener.ts';
import type { OpenListener } from './listener.ts';
import { measureNice } from './process-nice.ts';
import { redact } from './redact.ts';
import { RequestMetrics } from './request-metrics.ts';
import { RestartRoute } from './restart-route.ts';
import { sendProblem } from './send-problem.ts';
import type { TracedRequest, Tracing } from './tracing.ts';

/**
 * @returns when it listens.
 * @throws {ProblemError} `FF_PORT_TAKEN` naming host and port.
 */
export async function startHost(options: HostOptions): Promise<RunningHost> {
  const host = new EndpointHost(options, await handlerOf(options));
  await host.open();
  return host;
}

async function handlerOf({ routes, handler }: HostOptions): Promise<ContextHandler> {
  if (routes !== undefined && handler !== undefined) {
    throw new ProblemError('invalidArgument', { detail: 'a host has either routes or a handler' });
  }
  if (handler !== undefined) return handler;
  if (routes !== undefined) return expressHandler(routes);
  return (_request, response, context) => sendProblem(response, new ProblemError('noSuchResource'), context);
}

class EndpointHost implements RunningHost {
  readonly #options: HostOptions;
  readonly #handler: ContextHandler;
  readonly #requests: RequestMetrics;
  readonly #mainHealth: HealthRoutes;
  readonly #opsHealth: HealthRoutes;
  readonly #restart: RestartRoute | undefined;
  readonly #contextSource: ContextSource;
  readonly #busy: BusyTeller | undefined;
  #main: Listener | undefined;
  #secure: OpenListener | undefined;
  #ops: Listener | undefined;
  #tracing: Tracing | undefined;
  #draining = false;
  #drained: Promise<void> | undefined;

  constructor(options: HostOptions, handler: ContextHandler) {
    this.#options = options;
    this.#handler = handler;
    this.#requests = new RequestMetrics(options.metrics);
    measureNice(options.metrics);
    const readiness = () => this.#readiness();
    const { metrics, opsListen, deepCheck: check, restart, log, checked } = options;
    const deepCheck = check === undefined ? undefined : new DeepCheck({ check, now: () => performance.now() });
    const health = { metrics, readiness, deepCheck, checked };
    this.#mainHealth = new HealthRoutes({ ...health, withMetrics: opsListen === undefined });
    this.#opsHealth = new HealthRoutes({ ...health, withMetrics: true });
    this.#restart = restart === undefined ? undefined : new RestartRoute({ ...restart, log });
    const loop = new BusyMeter(() => performance.eventLoopUtilization());
    this.#busy = options.tellsBusy === true ? new BusyTeller(loop, () => performance.now()) : undefined;
    this.#contextSource = {
      log: options.log,
      requestTimeoutMs: options.limits?.requestTimeoutMs ?? 60_000,
      nextRequestId: requestIds(),
      isSampled: samplerOf(options.traces?.ratio ?? 0),
      closed: (context) => this.#ended(context),
    };
  }

  get url(): string {
    return this.#main?.url ?? '';
  }

  get port(): number {
    return this.#main?.port ?? 0;
  }

  get secureUrl(): string | undefined {
    return this.#secure?.url;
  }

  get opsUrl(): string {
    return this.#ops?.url ?? this.url;
  }

  async open(): Promise<void> {
    await this.#openTracing();
    const { listen, limits = {}, skipsEmptyBodies = false, log, refused } = this.#options;
    const clients = this.#clients(limits);
    this.#main = await Listener.open(listen, { ...limits, skipsEmptyBodies }, (request, response) =>
      this.#take(request, response),
    );
    answerClientErrors(this.#main.server, { metrics: this.#requests, refused });
    if (clients !== undefined) this.#main.server.on('connection', clients.take);
    try {
      await this.#openSecure(clients);
      await this.#openOps();
    } catch (error) {
      await Promise.all([this.#main.close(0), this.#secure?.close(0)]);
      throw error;
    }
    log.info('listening', { 'server.address': listen.host, 'server.port': this.#main.port });
  }

  drain(): Promise<void> {
    this.#drained ??= this.#drain();
    return this.#drained;
  }

  #clients({ maxConnectionsPerClient: limit, isSharedAddress }: HostLimits): ClientConnections | undefined {
    if (limit === undefined) return undefined;
    const refused = (): void => this.#requests.refused('tooManyOfClient');
    return new ClientConnections({ limit, isExempt: isSharedAddress ?? (() => false), refused });
  }

  async #openTracing(): Promise<void> {
    const { traces, service, instance } = this.#options;
    if (traces === undefined) return;
    const { openTracing } = await import('./tracing.ts');
    this.#tracing = openTracing({ endpoint: traces.endpoint, service, instance });
  }

  async #openSecure(clients: ClientConnections | undefined): Promise<void> {
    const { secureListen, limits = {}, refused } = this.#options;
    if (secureListen === undefined) return;
    const { SecureListener } = await import('./secure-listener.ts');
    const secure = await SecureListener.open(secureListen, limits, (request, response) =>
      this.#take(request, response),
    );
    this.#secure = secure;
    answerClientErrors(secure.server, { metrics: this.#requests, refused });
    if (clients !== undefined) secure.server.on('connection', clients.take);
  }

  async #openOps(): Promise<void> {
    const { opsListen, limits = {} } = this.#options;
    if (opsListen === undefined) return;
    this.#ops = await Listener.open(opsListen, limits, (request, response) => {
      const isTaken = this.#opsHealth.take(request, response) || this.#restart?.take(request, response) === true;
      if (!isTaken) this.#operate(request, response);
    });
    answerClientErrors(this.#ops.server, { metrics: this.#requests });
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    if (this.#draining) response.shouldKeepAlive = false;
    if (this.#mainHealth.take(request, response)) return;
    if (this.#options.opsListen === undefined && this.#restart?.take(request, response) === true) return;
    this.#requests.begin();
    const context = new HostRequestContext(request, response, this.#contextSource);
    this.#busy?.began(context, this.#requests.active);
    try {
      if (this.#options.fast?.(request, response, context) === true) return;
      this.#handler(request, response, context);
    } catch (error) {
      sendProblem(response, error, context);
    }
  }

  #operate(request: IncomingMessage, response: ServerResponse): void {
    const { opsHandler } = this.#options;
    try {
      if (opsHandler === undefined) throw new ProblemError('noSuchResource');
      opsHandler(request, response);
    } catch (error) {
      sendProblem(response, error);
    }
  }

  #ended(context: HostRequestContext): void {
    this.#requests.end(context);
    if (this.#tracing !== undefined) this.#tracing.ended(tracedRequest(context));
    const { log } = this.#options;
    if (log.isEnabled?.('debug') === false) return;
    log.debug('request', {
      'http.request.id': context.requestId,
      'http.request.method': context.request.method,
      'http.response.status_code': context.response.statusCode,
      'url.path': redact((context.request.url ?? '').split('?', 1)[0] ?? ''),
      duration_ms: Math.round(performance.now() - context.startedAt),
      broken_off: context.brokenOff,
    });
  }

  #readiness(): Readiness {
    const given = this.#options.readiness?.() ?? { ready: true, checks: {} };
    return { ready: given.ready && !this.#draining, checks: { ...given.checks, draining: this.#draining } };
  }

  async #drain(): Promise<void> {
    const { log, drainMs = 10_000, drainDelayMs = 0 } = this.#options;
    this.#draining = true;
    log.info('draining');
    if (drainDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, drainDelayMs));
    await Promise.all([this.#main?.close(drainMs), this.#secure?.close(drainMs)]);
    await this.#ops?.close(0);
    await this.#tracing?.close();
    log.info('drained');
  }
}

function tracedRequest(context: HostRequestContext): TracedRequest {
  const { request, response, traceparent, parent, requestId, brokenOff, startedAt } = context;
  return {
    ...{ traceparent, parent, requestId, brokenOff },
    method: request.method ?? '',
    path: (request.url ?? '').split('?', 1)[0] ?? '',
    status: response.headersSent ? response.statusCode : 0,
    durationMs: performance.now() - startedAt,
  };
}

function samplerOf(ratio: number): () => boolean {
  return ratio === 0 ? () => false : () => Math.random() < ratio;
}

/** Unique over processes and restarts by its random start, and cheap by its counter. */
function requestIds(): () => string {
  const prefix = randomBytes(9).toString('base64url');
  let count = 0;
  return () => `${prefix}-${(count += 1).toString(36)}`;
}
