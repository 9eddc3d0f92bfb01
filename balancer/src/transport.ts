/**
 * The transport port: carries one request to one endpoint and its answer back, streaming both ways, and says how that ended.
 *
 * An engine behind it passes `describeTransport` (`conformance/describe-transport.ts`). It decides nothing: which target, which headers
 * and what a failure means to the client is told to it or left to its caller.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Where an instance listens. */
export interface Target {
  /** Connections are pooled by family, so that one family's trouble cannot take another's sockets. */
  readonly family: string;
  readonly instance: string;
  readonly protocol: 'http:' | 'https:';
  /** A name or an address, IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
}

export interface ForwardOptions {
  /** The request target to send: the path with its query, byte for byte. */
  readonly path: string;
  /**
   * Until the head of the answer must have come, in milliseconds, at least 1. Counted from the call, or from the end of the
   * body where the request has one: what bounds a body under way is `idleTimeoutMs`.
   */
  readonly timeoutMs: number;
  /** The longest silence on the connection to the endpoint, in milliseconds, at least 1. */
  readonly idleTimeoutMs: number;
  /** The largest request body that is passed on, in bytes. */
  readonly maxBodyBytes: number;
  /** Set on the request over everything that the client sent under these names, which are lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names, lower case, that never reach the endpoint unless `headers` has them. */
  readonly withheld: ReadonlySet<string>;
  /** Set on the answer over what the endpoint sent under these names, which are lower case. */
  readonly responseHeaders: Readonly<Record<string, string>>;
  /**
   * Told once, right before the head of the answer is handed to the client: its status and its fields as they will be sent (name,
   * value, name, value, ...), but for what is taken out of them here. Never throws.
   */
  readonly onHead?: ((status: number, headers: string[]) => void) | undefined;
  /** Breaks the exchange off. The client that goes away needs no signal: its response says so. */
  readonly signal?: AbortSignal | undefined;
}

/** Why an exchange ended before its answer was delivered; one word for each, fit for a metric's label. */
export type Failure =
  /** The client closed its connection. */
  | 'client_gone'
  /** The client stopped sending its body, or stopped reading its answer. */
  | 'client_stalled'
  /** The body grew past `maxBodyBytes`. */
  | 'body_too_large'
  /** The request's framing is not one that can be passed on safely. */
  | 'framing_refused'
  /** Nothing listens at the target. */
  | 'upstream_refused'
  /** The target cannot be reached: no such name, no route. */
  | 'upstream_unreachable'
  /** No connection came about in time. */
  | 'connect_timeout'
  /** `timeoutMs` passed without the head of an answer. */
  | 'deadline'
  /** The endpoint closed the connection before the head of an answer. */
  | 'upstream_reset'
  /** The endpoint closed the connection in the middle of its answer. */
  | 'upstream_truncated'
  /** The endpoint took nothing or sent nothing for `idleTimeoutMs`. */
  | 'upstream_stalled'
  /** What the endpoint sent is not an answer by HTTP's rules. */
  | 'upstream_invalid'
  /** `signal` was aborted. */
  | 'cancelled';

/**
 * How much of a request left: nothing; its head, with its body unread if it has one; or some of the body was read. After `nothing` and
 * `head` the same request can be forwarded once more.
 */
export type Sent = 'nothing' | 'head' | 'body';

export type Termination = 'complete' | Failure;

export type ForwardOutcome =
  /** The whole answer was handed to the client's connection. */
  | { readonly outcome: 'answered'; readonly termination: 'complete'; readonly status: number }
  /** The head was sent and the rest cannot follow: the client's connection was closed, so that it can tell. */
  | { readonly outcome: 'broken'; readonly termination: Failure; readonly status: number }
  /** Nothing was answered: the caller answers, unless the client is gone. */
  | Unanswered;

export interface Unanswered {
  readonly outcome: 'unanswered';
  readonly termination: Failure;
  readonly sent: Sent;
  readonly cause?: unknown;
}

export interface Transport {
  /**
   * Reads nothing of the request's body before the connection stands. May be called again for a request that was not answered, and for
   * one without a body also while it is under way, as long as all but one are cancelled by their signals when the first head is told of.
   *
   * Never rejects, and settles once the answer was delivered or cannot be. Keeps the upstream request no longer than that.
   */
  forward(
    request: IncomingMessage,
    response: ServerResponse,
    target: Target,
    options: ForwardOptions,
  ): Promise<ForwardOutcome>;
  /** Closes the connections that are kept open; exchanges under way break. */
  close(): void;
}
