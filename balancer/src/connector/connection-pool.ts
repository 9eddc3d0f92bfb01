/** The connections to one endpoint: the one that was used last is used next, so that the others get old and go. */
import type { Target } from '../transport.ts';
import { Connection } from './connection.ts';
import type { ConnectionOwner } from './connection.ts';

export interface ConnectionPoolOptions {
  /** How long a connection may take to come about, in milliseconds. */
  readonly connectTimeoutMs: number;
  /** How long an idle connection is kept at most, in milliseconds. */
  readonly keepAliveMs: number;
  readonly maxIdleConnections: number;
  /** Where each connection is while it is open, idle or not. */
  readonly connections: Set<Connection>;
}

export class ConnectionPool implements ConnectionOwner {
  readonly connectTimeoutMs: number;
  readonly keepAliveMs: number;
  readonly #target: Target;
  readonly #maxIdle: number;
  readonly #idle: Connection[] = [];
  readonly #all: Set<Connection>;

  constructor(target: Target, options: ConnectionPoolOptions) {
    this.#target = target;
    this.connectTimeoutMs = options.connectTimeoutMs;
    this.keepAliveMs = options.keepAliveMs;
    this.#maxIdle = options.maxIdleConnections;
    this.#all = options.connections;
  }

  /** An idle connection, or a new one. */
  take(): Connection {
    return this.#idle.pop() ?? this.open();
  }

  open(): Connection {
    const connection = new Connection(this.#target, this);
    this.#all.add(connection);
    return connection;
  }

  idle(connection: Connection): void {
    if (this.#idle.length >= this.#maxIdle) connection.destroy();
    else this.#idle.push(connection);
  }

  gone(connection: Connection): void {
    if (!this.#all.delete(connection)) return;
    const at = this.#idle.lastIndexOf(connection);
    if (at !== -1) this.#idle.splice(at, 1);
  }
}
