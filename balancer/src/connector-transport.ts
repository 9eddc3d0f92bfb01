/**
 * The transport on a connector of our own: raw sockets towards endpoints that are ours too, a strict reader for their answers, and
 * Node's server towards clients, whose requests need a parser that has met everything.
 *
 * Why it is there, and what it costs and saves: ADR-0004.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { admit } from './admission.ts';
import { ConnectionPool } from './connector/connection-pool.ts';
import type { Connection } from './connector/connection.ts';
import { ConnectorExchange } from './connector/connector-exchange.ts';
import { HeaderNames } from './connector/header-names.ts';
import { requestHead } from './connector/request-head.ts';
import { REQUEST_HOP_HEADERS, RESPONSE_HOP_HEADERS } from './hop-by-hop.ts';
import type { ForwardOptions, ForwardOutcome, Target, Transport } from './transport.ts';
import { withDefaults } from './transport-options.ts';
import type { TransportOptions } from './transport-options.ts';

export class ConnectorTransport implements Transport {
  readonly #options: Required<TransportOptions>;
  readonly #requestNames = new HeaderNames(REQUEST_HOP_HEADERS);
  readonly #responseNames = new HeaderNames(RESPONSE_HOP_HEADERS);
  /** A target that nobody knows any more takes its pool with it, once the connections in there are over. */
  readonly #pools = new WeakMap<Target, ConnectionPool>();
  readonly #connections = new Set<Connection>();

  constructor(options: TransportOptions = {}) {
    this.#options = withDefaults(options);
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
    const head = requestHead(request, {
      names: this.#requestNames,
      method: request.method ?? 'GET',
      path: options.path,
      framing,
      withheld: options.withheld,
      headers: options.headers,
      targetHost: hostOf(target),
    });
    if (head === undefined)
      return Promise.resolve({ outcome: 'unanswered', termination: 'framing_refused', sent: 'nothing' });
    return new Promise((settle) => {
      new ConnectorExchange(request, response, {
        forward: options,
        framing,
        head,
        pool: this.#poolOf(target),
        responseNames: this.#responseNames,
        discardTimeoutMs: this.#options.discardTimeoutMs,
        settle,
      }).start();
    });
  }

  close(): void {
    for (const connection of this.#connections) connection.cut();
  }

  #poolOf(target: Target): ConnectionPool {
    let pool = this.#pools.get(target);
    if (pool === undefined) {
      pool = new ConnectionPool(target, { ...this.#options, connections: this.#connections });
      this.#pools.set(target, pool);
    }
    return pool;
  }
}

function hostOf({ hostname, port }: Target): string {
  return hostname.includes(':') ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
