/** What every engine is told once. */

export interface TransportOptions {
  /** How long a connection may take to come about, in milliseconds. Default 2,000. */
  readonly connectTimeoutMs?: number;
  /** How long an idle connection to an endpoint is kept, in milliseconds. Default 60,000; what the endpoint says is obeyed. */
  readonly keepAliveMs?: number;
  /** Idle connections that are kept for each instance. Default 256. */
  readonly maxIdleConnections?: number;
  /** How long the rest of a body is read after an answer that did not wait for it, in milliseconds. Default 30,000. */
  readonly discardTimeoutMs?: number;
}

export function withDefaults(options: TransportOptions): Required<TransportOptions> {
  return {
    connectTimeoutMs: options.connectTimeoutMs ?? 2_000,
    keepAliveMs: options.keepAliveMs ?? 60_000,
    maxIdleConnections: options.maxIdleConnections ?? 256,
    discardTimeoutMs: options.discardTimeoutMs ?? 30_000,
  };
}
