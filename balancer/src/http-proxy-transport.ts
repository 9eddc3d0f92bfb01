/**
 * The transport on http-proxy 1.18.1, with the guards that make it safe:
 *
 * 1. `deleteLength` is taken out of the passes: it drops the framing of a DELETE's or OPTIONS' chunked body and sends the
 *    body's bytes as the next request (CVE-2026-29057).
 * 2. The upstream request is destroyed when the client's response closes unfinished (`exchange.ts`).
 * 3. The client's response is destroyed when the endpoint's closes incomplete (`exchange.ts`).
 * 4. `proxyTimeout` is set: no exchange stays silent for longer than `idleTimeoutMs`.
 * 5. One keep-alive agent for each family: without one, each request pays for a connection.
 * 6. There is an `error` listener: without one, a refused connection ends the process.
 */
import { Agent as HttpAgent } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import httpProxy from 'http-proxy';
import { admit } from './admission.ts';
import { Exchange } from './exchange.ts';
import type { ForwardOptions, ForwardOutcome, Target, Transport } from './transport.ts';
import { withDefaults } from './transport-options.ts';
import type { TransportOptions } from './transport-options.ts';

type ProxyServer = ReturnType<typeof httpProxy.createProxyServer>;

/** Not in http-proxy's types: the steps that an instance takes, its own array. */
interface WebPasses {
  webPasses: { readonly name: string }[];
}

export class HttpProxyTransport implements Transport {
  readonly #proxy: ProxyServer;
  readonly #agents = new Map<string, HttpAgent | HttpsAgent>();
  readonly #options: Required<TransportOptions>;

  constructor(options: TransportOptions = {}) {
    this.#options = withDefaults(options);
    this.#proxy = guardedProxy();
  }

  forward(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    options: ForwardOptions,
  ): Promise<ForwardOutcome> {
    const admission = admit(request, response, options);
    if (admission.outcome === 'unanswered') return Promise.resolve(admission);
    const { framing } = admission;
    const { connectTimeoutMs, discardTimeoutMs } = this.#options;
    return new Promise((settle) => {
      const exchange = new Exchange(request, response, {
        ...options,
        framing,
        connectTimeoutMs,
        discardTimeoutMs,
        settle,
      });
      try {
        this.#proxy.web(exchange as unknown as IncomingMessage, response, {
          target: { protocol: target.protocol, host: target.hostname, port: target.port },
          agent: this.#agentOf(target),
          toProxy: true,
          selfHandleResponse: true,
          proxyTimeout: options.idleTimeoutMs,
        });
      } catch (error) {
        exchange.failed(error);
      }
    });
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  #agentOf({ family, protocol }: Target): HttpAgent | HttpsAgent {
    const key = protocol + family;
    let agent = this.#agents.get(key);
    if (agent === undefined) {
      const { keepAliveMs, maxIdleConnections } = this.#options;
      const Agent = protocol === 'https:' ? HttpsAgent : HttpAgent;
      agent = new Agent({
        keepAlive: true,
        maxFreeSockets: maxIdleConnections,
        timeout: keepAliveMs,
        scheduling: 'lifo',
      });
      this.#agents.set(key, agent);
    }
    return agent;
  }
}

function guardedProxy(): ProxyServer {
  const proxy = httpProxy.createProxyServer({});
  const passes = proxy as unknown as WebPasses;
  passes.webPasses = passes.webPasses.filter(({ name }) => name !== 'deleteLength');
  const onError = (error: Error, exchange: unknown): void => {
    if (exchange instanceof Exchange) exchange.failed(error);
  };
  proxy.on('error', onError);
  proxy.on('econnreset', onError);
  return proxy;
}
