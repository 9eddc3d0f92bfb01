/**
 * Requests to the fleet's own balancer: over connections that are kept open, as many at once as are allowed, each within its deadline.
 *
 * Source: Node.js, "HTTP", `request.reusedSocket`: a connection that is reused may have been closed by the other side at that very moment;
 * such a request reached nobody, and is sent once more.
 */
import { Agent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';

import { FleetFailure } from './fleet-failure.ts';
import { Slots } from './slots.ts';

export interface FleetExchangeOptions {
  readonly balancerUrl: string;
  /** Connections at once for questions, and as many again for packages: a client that takes its time keeps no question waiting. */
  readonly maxConnections: number;
  /** Requests of each kind that wait for one; with one more, it is refused. */
  readonly maxWaiting: number;
}

export interface FleetRequest {
  /** Below the balancer's URL, with its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** How long the head of the answer may take, and its body when it is read whole, in milliseconds. */
  readonly timeoutMs: number;
  /** Whether it may be sent once more when a kept connection turns out to be closed. */
  readonly repeats: boolean;
  readonly signal: AbortSignal;
  /** What is asked for: what is read at once, or a package at the pace of a client. */
  readonly kind: 'question' | 'package';
}

export interface FleetResponse {
  readonly response: IncomingMessage;
  /** Requests that were sent. */
  readonly requests: number;
  /** Takes the deadline away: what follows is a body that may take as long as bytes flow. */
  readonly untimed: () => void;
}

export class FleetExchange {
  readonly #url: URL;
  readonly #basePath: string;
  readonly #agents: Readonly<Record<FleetRequest['kind'], Agent>>;
  readonly #slots: Readonly<Record<FleetRequest['kind'], Slots>>;

  constructor({ balancerUrl, maxConnections, maxWaiting }: FleetExchangeOptions) {
    this.#url = new URL(balancerUrl);
    this.#basePath = this.#url.pathname.replace(/\/+$/, '');
    const agent = (): Agent => {
      const options = { keepAlive: true, maxFreeSockets: maxConnections } as const;
      return this.#isSecure ? new SecureAgent(options) : new Agent(options);
    };
    const slots = (): Slots => new Slots({ count: maxConnections, maxWaiting });
    this.#agents = { question: agent(), package: agent() };
    this.#slots = { question: slots(), package: slots() };
  }

  /** Whether the balancer is on this machine: then compressing costs more than it saves. */
  get isLocal(): boolean {
    const { hostname } = this.#url;
    return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);
  }

  /**
   * Sends a GET and waits for the head of its answer. Who takes the response reads it to its end or destroys it.
   *
   * @throws {FleetFailure}; the signal's reason.
   */
  async get(request: FleetRequest): Promise<FleetResponse> {
    request.signal.throwIfAborted();
    const { timeoutMs } = request;
    const startedAt = performance.now();
    const leave = await this.#slots[request.kind].take({ timeoutMs, signal: request.signal });
    try {
      const sent = await this.#send({ ...request, timeoutMs: timeoutMs - (performance.now() - startedAt) });
      sent.response.once('close', leave);
      return sent;
    } catch (error) {
      leave();
      request.signal.throwIfAborted();
      throw failureOf(error);
    }
  }

  close(): void {
    for (const agent of Object.values(this.#agents)) agent.destroy();
  }

  async #send(request: FleetRequest): Promise<FleetResponse> {
    const first = this.#exchange(request);
    try {
      return await answerOf(first, request.timeoutMs, 1);
    } catch (error) {
      const isUnheard = first.reusedSocket && isReset(error);
      if (!isUnheard || !request.repeats || request.signal.aborted) throw error;
      return answerOf(this.#exchange(request), request.timeoutMs, 2);
    }
  }

  #exchange({ path, headers, signal, kind }: FleetRequest): ClientRequest {
    const open = this.#isSecure ? httpsRequest : httpRequest;
    const { hostname, port } = this.#url;
    const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
    const to = { host, port: port === '' ? undefined : port, path: `${this.#basePath}${path}`, method: 'GET' };
    return open({ ...to, headers, agent: this.#agents[kind], signal });
  }

  get #isSecure(): boolean {
    return this.#url.protocol === 'https:';
  }
}

function answerOf(exchange: ClientRequest, timeoutMs: number, requests: number): Promise<FleetResponse> {
  return new Promise((resolve, reject) => {
    let answered: IncomingMessage | undefined;
    const late = (): unknown =>
      (answered ?? exchange).destroy(new FleetFailure('FF_SOURCE_TIMEOUT', 'a feed of this fleet took too long'));
    const timer = setTimeout(late, Math.max(0, timeoutMs));
    const untimed = (): void => clearTimeout(timer);
    exchange.once('close', untimed);
    exchange.once('response', (response) => {
      answered = response;
      resolve({ response, requests, untimed });
    });
    // Stays for the whole exchange: what breaks later is told by the response too.
    exchange.on('error', reject);
    exchange.end();
  });
}

function isReset(error: unknown): boolean {
  const code = codeOf(error);
  return code === 'ECONNRESET' || code === 'EPIPE';
}

/** Of an error of Node. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** Neither an address nor a port of the fleet is told. */
export function failureOf(error: unknown): FleetFailure {
  if (error instanceof FleetFailure) return error;
  return new FleetFailure('FF_SOURCE_UNREACHABLE', 'the balancer of this fleet did not answer', { cause: error });
}
