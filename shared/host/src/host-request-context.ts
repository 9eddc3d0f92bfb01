/**
 * The request context, every part of which is made when it is first asked for: a hot read asks for none.
 *
 * `response.on('close')` with `writableFinished` tells a client that went away; `request.on('close')` fires before the
 * answer once a body was read.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProblemError } from '@feedfleet/problems';
import type { Logger } from './logger.ts';
import type { RequestContext } from './request-context.ts';
import { continuesTrace, nextTraceParent } from './trace-parent.ts';

/** What all requests of a host share. */
export interface ContextSource {
  readonly log: Logger;
  /** Longest deadline, in milliseconds. */
  readonly requestTimeoutMs: number;
  readonly nextRequestId: () => string;
  /** Whether a trace that begins here is recorded. */
  readonly isSampled: () => boolean;
  /** Told once, when the response was sent or the connection is gone. */
  readonly closed: (context: HostRequestContext) => void;
}

const REQUEST_ID = /^[\x21-\x7e]{1,128}$/;
const TIMEOUT_MS = /^\d{1,9}$/;

export class HostRequestContext implements RequestContext {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** From `performance.now()`. */
  readonly startedAt: number;
  readonly #source: ContextSource;
  #requestId: string | undefined;
  #traceparent: string | undefined;
  #deadline: number | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(request: IncomingMessage, response: ServerResponse, source: ContextSource) {
    this.request = request;
    this.response = response;
    this.startedAt = performance.now();
    this.#source = source;
    response.on('close', () => this.#close());
  }

  get log(): Logger {
    return this.#source.log;
  }

  get requestId(): string {
    if (this.#requestId === undefined) {
      const received = this.request.headers['x-request-id'];
      this.#requestId =
        typeof received === 'string' && REQUEST_ID.test(received) ? received : this.#source.nextRequestId();
    }
    return this.#requestId;
  }

  get traceparent(): string {
    this.#traceparent ??= nextTraceParent(this.#receivedTraceparent, this.#source);
    return this.#traceparent;
  }

  get continuesTrace(): boolean {
    return continuesTrace(this.#receivedTraceparent, this.traceparent);
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#closed) this.#abortWhenBrokenOff();
      else this.#await();
    }
    return this.#controller.signal;
  }

  /** Whether the client went away before the answer was sent. */
  get brokenOff(): boolean {
    return this.#closed && !this.response.writableFinished;
  }

  remainingMs(): number {
    this.#deadline ??= this.startedAt + this.#budgetMs();
    return Math.max(0, Math.round(this.#deadline - performance.now()));
  }

  progress(): void {
    // The timer is left as it is: it finds out when it fires.
    this.#deadline = performance.now() + this.#budgetMs();
  }

  /** That of the caller, where its trace goes on here. */
  get parent(): string | undefined {
    return this.continuesTrace ? this.#receivedTraceparent : undefined;
  }

  get #receivedTraceparent(): string | undefined {
    const { traceparent } = this.request.headers;
    return typeof traceparent === 'string' ? traceparent : undefined;
  }

  #budgetMs(): number {
    const own = this.#source.requestTimeoutMs;
    const received = this.request.headers['x-feedfleet-timeout-ms'];
    return typeof received === 'string' && TIMEOUT_MS.test(received) ? Math.min(own, Number(received)) : own;
  }

  #await(): void {
    this.#timer = setTimeout(() => this.#expire(), this.remainingMs());
  }

  #expire(): void {
    if (this.remainingMs() > 0) {
      this.#await();
      return;
    }
    const detail = `the answer took longer than ${this.#budgetMs()} ms`;
    this.#controller?.abort(new ProblemError('deadlineExceeded', { detail }));
  }

  #abortWhenBrokenOff(): void {
    if (!this.response.writableFinished) this.#controller?.abort();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#abortWhenBrokenOff();
    this.#source.closed(this);
  }
}
