/** What a process tells its host, and what it gets back. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SecureContext } from 'node:tls';
import type { Express } from 'express';
import type { Logger } from './logger.ts';
import type { Metrics } from './metrics.ts';
import type { RequestContext } from './request-context.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0 takes a free one; `RunningHost.port` says which. */
  readonly port: number;
}

/** The certificates of a listener. They may change while it listens; connections that stand keep theirs. */
export interface CertificateSource {
  /** For clients that name no host, or one that no certificate is for. In PEM. */
  readonly fallback: { readonly cert: string; readonly key: string };
  /** @returns `undefined` where there is none for that name: then the fallback is used. */
  readonly contextFor: (serverName: string) => SecureContext | undefined;
  /** Calls back when `fallback` has changed. */
  subscribe(listener: () => void): void;
}

export interface SecureListen extends ListenAddress {
  readonly certificates: CertificateSource;
}

export interface HostLimits {
  /** Deadline of a request, in milliseconds; a shorter one in `X-Feedfleet-Timeout-Ms` wins. Default 60,000. */
  readonly requestTimeoutMs?: number;
  /** How long a whole request, with its body, may take to arrive, in milliseconds; 0 is no limit. Default 0. */
  readonly receiveTimeoutMs?: number;
  /** How long the head of a request may take to arrive, in milliseconds. Default 15,000. */
  readonly headersTimeoutMs?: number;
  /** How long an idle connection is kept, in milliseconds. Default 72,000. */
  readonly keepAliveTimeoutMs?: number;
  /** Largest request head, in bytes. Default 16,384. */
  readonly maxHeaderBytes?: number;
  /** Most connections at a time; further ones are closed at once. Default 10,000. */
  readonly maxConnections?: number;
  /** Most connections of one client at a time; further ones are closed at once. Default: no limit. */
  readonly maxConnectionsPerClient?: number;
  /** Addresses that stand for many clients. Default: none. */
  readonly isSharedAddress?: (address: string) => boolean;
}

/** What `/health/ready` says; `checks` is answered as JSON, so it holds no secrets and no inner addresses. */
export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, string | number | boolean | null>>;
}

/** Asked before express. Returns whether it took the request: then it answers it, also when that takes a while. */
export type FastHandler = (request: IncomingMessage, response: ServerResponse, context: RequestContext) => boolean;

/** Takes every request that is not about health or metrics. */
export type RawHandler = (request: IncomingMessage, response: ServerResponse, context: RequestContext) => void;

/** Takes a request to the listener for operations, which has no context. */
export type OpsHandler = (request: IncomingMessage, response: ServerResponse) => void;

/** The context that the host made for a request that express handles. */
export type ContextOf = (request: IncomingMessage) => RequestContext;

export interface TraceTarget {
  /** Where spans are posted as OTLP over HTTP. */
  readonly endpoint: string;
  /** The share of the traces that begin here which is recorded, 0 to 1. */
  readonly ratio: number;
}

export interface RestartOptions {
  /** What the caller has to send as bearer token. */
  readonly token: string;
  /** Called once the caller has the answer. */
  readonly begin: () => void;
}

/** What was refused before there was a request for the handler. */
export interface RefusedMessage {
  readonly reason: 'malformed' | 'headersTooLarge' | 'timeout' | 'tunnel';
  readonly status: number;
  /** Address at the other end of the connection. */
  readonly peer: string;
}

export interface HostOptions {
  /** The family or process: `v2`, `push`, `balancer`, `registry`. */
  readonly service: string;
  readonly instance: string;
  readonly listen: ListenAddress;
  /** A second main listener, with TLS and HTTP/2. */
  readonly secureListen?: SecureListen;
  /** When given, `/metrics` is served here and not on the main listener; health is served on both. */
  readonly opsListen?: ListenAddress;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly fast?: FastHandler;
  /** Adds the routes. The application is made at the first call only, so that processes without routes never load it. */
  readonly routes?: (app: Express, contextOf: ContextOf) => void;
  /** Instead of `routes`. What it throws is answered as a problem. */
  readonly handler?: RawHandler;
  /**
   * Whether the main listener hands a request whose head tells of no body over with its body already ended: no `data`, `end` or `close` of
   * it comes, which spares the machinery of a stream. For handlers that go by the head. Default false; HTTP/2 is not concerned.
   */
  readonly skipsEmptyBodies?: boolean;
  /** Whether answers tell a balancer how busy the event loop is. Default false. */
  readonly tellsBusy?: boolean;
  /** What `opsListen` serves beside health and metrics. What it throws is answered as a problem. Default: nothing. */
  readonly opsHandler?: OpsHandler;
  /** Told of what was refused on the main listeners before there was a request. */
  readonly refused?: (message: RefusedMessage) => void;
  readonly readiness?: () => Readiness;
  /** Does a little of the real work, for `/health/deep`; rejects when that cannot be done. Without it the path is 404. */
  readonly deepCheck?: () => Promise<unknown>;
  /** Told of each question whether the process is ready, for what a balancer says with it. Must not throw. */
  readonly checked?: (request: IncomingMessage) => void;
  /** When given, `POST /-/restart` is served where `/metrics` is. */
  readonly restart?: RestartOptions;
  readonly limits?: HostLimits;
  /** Where spans of requests go; without it they go nowhere. */
  readonly traces?: TraceTarget | undefined;
  /** How long a drain waits for requests under way, in milliseconds. Default 10,000. */
  readonly drainMs?: number;
  /** How long the listener stays open after readiness turned 503, in milliseconds. Default 0. */
  readonly drainDelayMs?: number;
}

export interface RunningHost {
  /** Of the main listener, without a trailing slash: `http://127.0.0.1:5001`. */
  readonly url: string;
  readonly port: number;
  /** Of the listener with TLS; `undefined` without one. */
  readonly secureUrl: string | undefined;
  /** Of the listener for metrics and health; the same as `url` when there is only one. */
  readonly opsUrl: string;
  /** Ready turns 503, then the listener closes, then requests under way get up to `drainMs`. Never rejects; idempotent. */
  drain(): Promise<void>;
}
