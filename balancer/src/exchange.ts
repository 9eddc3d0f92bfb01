/**
 * One request on its way through: what http-proxy is handed in place of the client's request, and the guards around it.
 *
 * http-proxy 1.18.1 leaves upstream requests running when the client goes, leaves the client hanging when the endpoint dies in
 * the middle of an answer, collapses slashes in paths, and copies headers of single connections both ways. So it is given this
 * object as its request: it makes the upstream request from `method` and `headers` and hands that to `pipe`, where path, body,
 * deadlines and answer are taken in hand. The first reason that ends an exchange is the one that is told.
 */
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { discardBody } from './discard-body.ts';
import { failureOf } from './failure-of.ts';
import { requestHeaders, responseHeaders } from './hop-by-hop.ts';
import type { RequestFraming } from './request-framing.ts';
import type { Failure, ForwardOptions, ForwardOutcome, Sent } from './transport.ts';

export interface ExchangeOptions extends ForwardOptions {
  readonly framing: RequestFraming;
  readonly connectTimeoutMs: number;
  /** How long the rest of a body is read after an answer that did not wait for it, in milliseconds. */
  readonly discardTimeoutMs: number;
  readonly settle: (outcome: ForwardOutcome) => void;
}

export class Exchange {
  /** What http-proxy reads. The path is set on the upstream request itself, because http-proxy would change it. */
  readonly method: string;
  readonly url = '/';
  readonly headers: Record<string, string | string[]>;
  readonly httpVersion: string;
  readonly socket: Socket;

  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: ExchangeOptions;
  #upstream: ClientRequest | undefined;
  #failure: Failure | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #bodyBytes = 0;
  #sent: Sent = 'nothing';
  #endsByClose = false;
  #settled = false;

  constructor(request: IncomingMessage, response: ServerResponse, options: ExchangeOptions) {
    this.#request = request;
    this.#response = response;
    this.#options = options;
    this.method = request.method ?? 'GET';
    this.httpVersion = request.httpVersion;
    this.socket = request.socket;
    this.headers = requestHeaders(request.headers, { ...options, method: this.method, framing: options.framing });
    response.once('close', this.#onClientClosed);
    options.signal?.addEventListener('abort', this.#onCancelled, { once: true });
  }

  /** http-proxy subscribes to the client's `aborted` and `error`; the response's `close` says both, and earlier. */
  on(): this {
    return this;
  }

  /** Called by http-proxy with the upstream request, before any byte of it is written. */
  pipe(upstream: ClientRequest): ClientRequest {
    this.#upstream = upstream;
    upstream.path = this.#options.path;
    upstream.once('response', this.#onResponse);
    upstream.once('socket', this.#onSocket);
    upstream.once('timeout', this.#onIdle);
    if (this.#options.framing === 'none') {
      this.#armDeadline();
      upstream.end();
    } else {
      // The endpoint may refuse by the head alone, before a slow or waiting client has sent a byte.
      upstream.flushHeaders();
    }
    return upstream;
  }

  /** The upstream request failed, or could not be made. */
  failed(error: unknown): void {
    if (this.#settled) return;
    this.#end(this.#failure ?? failureOf(error), error);
  }

  readonly #onSocket = (socket: Socket): void => {
    if (!socket.connecting) {
      this.#connected();
      return;
    }
    const timer = setTimeout(() => this.#end('connect_timeout'), this.#options.connectTimeoutMs);
    const stop = (): void => clearTimeout(timer);
    socket.once('connect', stop);
    socket.once('close', stop);
    socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => this.#connected());
  };

  /** Until then the body stays unread, so that the request can go elsewhere when no connection comes about. */
  #connected(): void {
    if (this.#settled) return;
    this.#sent = 'head';
    if (this.#options.framing !== 'none' && this.#upstream !== undefined) this.#sendBody(this.#upstream);
  }

  #sendBody(upstream: ClientRequest): void {
    const request = this.#request;
    this.#sent = 'body';
    // A length was compared with the limit before, and the parser has the client keep its word.
    if (this.#options.framing === 'chunked') request.on('data', this.#onChunk);
    request.once('end', this.#onBodyEnd);
    request.pipe(upstream);
  }

  readonly #onChunk = (chunk: Buffer): void => {
    this.#bodyBytes += chunk.length;
    if (this.#bodyBytes > this.#options.maxBodyBytes) this.#end('body_too_large');
  };

  readonly #onBodyEnd = (): void => {
    if (!this.#response.headersSent) this.#armDeadline();
  };

  #armDeadline(): void {
    if (this.#settled) return;
    this.#deadline = setTimeout(this.#onDeadline, this.#options.timeoutMs);
  }

  readonly #onDeadline = (): void => this.#end('deadline');
  readonly #onCancelled = (): void => this.#end('cancelled');

  /** Runs before http-proxy's own listener has aborted anything, or before the error that follows has come. */
  readonly #onIdle = (): void => this.#end(this.#waitsForClient() ? 'client_stalled' : 'upstream_stalled');

  #waitsForClient(): boolean {
    if (this.#response.headersSent) return this.#response.writableNeedDrain;
    return !this.#request.complete && this.#upstream?.writableNeedDrain === false;
  }

  readonly #onResponse = (incoming: IncomingMessage): void => {
    clearTimeout(this.#deadline);
    const response = this.#response;
    if (this.#settled || response.destroyed) {
      incoming.destroy();
      return;
    }
    try {
      const headers = responseHeaders(incoming.rawHeaders, this.#options.responseHeaders);
      const status = incoming.statusCode ?? 502;
      this.#options.onHead?.(status, headers);
      response.writeHead(status, incoming.statusMessage ?? '', headers);
    } catch (error) {
      this.#end('upstream_invalid', error);
      return;
    }
    this.#endsByClose = this.httpVersion === '1.0' && incoming.headers['content-length'] === undefined;
    incoming.once('close', () => {
      if (!incoming.complete) this.#end('upstream_truncated');
      else if (!this.#settled && response.writableLength > 0) this.#awaitReader(response.writableLength);
    });
    incoming.pipe(response);
    // A head whose body is at hand leaves with it in one write; one that waits for its body does not wait.
    queueMicrotask(() => {
      if (!incoming.readableDidRead && !incoming.complete && !response.destroyed) response.flushHeaders();
    });
  };

  /** The endpoint's part is over, and with it the watch on its connection: what is left has to keep flowing to the client. */
  #awaitReader(unsentBytes: number): void {
    this.#deadline = setTimeout(() => {
      const left = this.#response.writableLength;
      if (left >= unsentBytes) this.#end('client_stalled');
      else this.#awaitReader(left);
    }, this.#options.idleTimeoutMs);
  }

  /** After the last byte too: then the answer is delivered. */
  readonly #onClientClosed = (): void => {
    if (this.#settled) return;
    if (!this.#response.writableFinished) {
      this.#end('client_gone');
      return;
    }
    this.#settle({ outcome: 'answered', termination: 'complete', status: this.#response.statusCode });
    if (!this.#request.complete) {
      discardBody(this.#request, { timeoutMs: this.#options.discardTimeoutMs });
      this.#upstream?.destroy();
    }
  };

  #end(failure: Failure, cause?: unknown): void {
    if (this.#settled) return;
    this.#failure = failure;
    const response = this.#response;
    if (response.headersSent) {
      const status = response.statusCode;
      // A client that was promised no end but the connection's learns of a cut only from a reset.
      if (this.#endsByClose) response.socket?.resetAndDestroy();
      else response.destroy();
      this.#settle({ outcome: 'broken', termination: failure, status });
    } else {
      this.#settle({ outcome: 'unanswered', termination: failure, sent: this.#sent, cause });
    }
    this.#request.unpipe();
    this.#upstream?.destroy();
  }

  #settle(outcome: ForwardOutcome): void {
    this.#settled = true;
    clearTimeout(this.#deadline);
    this.#response.off('close', this.#onClientClosed);
    this.#request.off('data', this.#onChunk);
    this.#request.off('end', this.#onBodyEnd);
    this.#options.signal?.removeEventListener('abort', this.#onCancelled);
    this.#options.settle(outcome);
  }
}
