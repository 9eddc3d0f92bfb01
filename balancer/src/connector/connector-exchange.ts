/**
 * One request on its way through the connector: head and body to the endpoint, head and body of the answer to the client, each
 * side held back when the other one does not take more. The first reason that ends an exchange is the one that is told.
 *
 * A head whose body came with it leaves with it in one write. A request that a connection took to its grave before any byte of an
 * answer may have met a connection that the endpoint was just closing: if it is safe and has no body it is sent once more.
 *
 * Source: RFC 9112, section 9.3.1 "Retrying Requests"; RFC 9110, section 9.2.1 "Safe Methods".
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { failureOf } from '../failure-of.ts';
import type { RequestFraming } from '../request-framing.ts';
import type { Failure, ForwardOptions, ForwardOutcome, Sent } from '../transport.ts';
import { ClientBody } from './client-body.ts';
import type { ConnectionPool } from './connection-pool.ts';
import type { ConnectionUser, Loss } from './connection-user.ts';
import type { Connection } from './connection.ts';
import type { HeaderNames } from './header-names.ts';
import type { ResponseHead } from './response-head.ts';

/** An answer up to this size, in bytes, is copied behind its head: one write of one piece costs less than one of two. */
const JOINED_BYTES = 8_192;
/** Parts below this size, in bytes, are copied when they have to wait, so that they do not keep a whole read's buffer. */
const COPIED_BYTES = 16_384;
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

export interface ConnectorExchangeOptions {
  readonly forward: ForwardOptions;
  readonly framing: RequestFraming;
  /** The request's head, as it is sent. */
  readonly head: string;
  readonly pool: ConnectionPool;
  readonly responseNames: HeaderNames;
  /** How long the rest of a body is read after an answer that did not wait for it, in milliseconds. */
  readonly discardTimeoutMs: number;
  readonly settle: (outcome: ForwardOutcome) => void;
}

export class ConnectorExchange implements ConnectionUser {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #options: ConnectorExchangeOptions;
  #connection: Connection | undefined;
  #deadlineAt = Infinity;
  /** That of the request; `undefined` where it has none. */
  readonly #body: ClientBody | undefined;
  /** Whether the request's head was written to a connection that stands. */
  #isHeadSent = false;
  /** The part of the answer that was received last: if nothing follows, it leaves with the end. */
  #pending: Buffer | undefined;
  #isHeadOut = false;
  #isCorked = false;
  #isBacklogged = false;
  #endsByClose = false;
  #isResent = false;
  #isSettled = false;
  /** What waited for the client when it was last looked at: as long as that gets less, the client is slow, not gone. */
  #unsentBytes = 0;
  #readerTimer: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, options: ConnectorExchangeOptions) {
    this.#request = request;
    this.#response = response;
    this.#options = options;
    const { framing } = options;
    this.#body = framing === 'length' || framing === 'chunked' ? this.#bodyOf(framing) : undefined;
  }

  start(): void {
    const { framing, pool, forward } = this.#options;
    // Nobody takes these away again: they end with the request, and do nothing once this has settled.
    this.#response.on('close', () => this.#clientClosed());
    forward.signal?.addEventListener('abort', () => this.#fail('cancelled'), { once: true });
    if (framing === 'none') this.#deadlineAt = performance.now() + forward.timeoutMs;
    this.#use(pool.take());
  }

  #use(connection: Connection): void {
    const { framing, head, forward, responseNames } = this.#options;
    this.#connection = connection;
    connection.begin(this, {
      head,
      hasBody: framing !== 'none',
      rules: { names: responseNames, isHead: this.#request.method === 'HEAD', replaced: forward.responseHeaders },
      idleTimeoutMs: forward.idleTimeoutMs,
      deadlineAt: this.#deadlineAt,
    });
    if (!connection.isConnecting) this.connected();
  }

  #bodyOf(framing: 'length' | 'chunked'): ClientBody {
    const { forward, discardTimeoutMs } = this.#options;
    return new ClientBody(this.#request, {
      ...{ framing, maxBytes: forward.maxBodyBytes, discardTimeoutMs },
      connection: () => this.#connection,
      deadlineAt: () => performance.now() + forward.timeoutMs,
      tooLarge: () => this.#fail('body_too_large'),
    });
  }

  /** Until then the body stays unread, so that the request can go elsewhere when no connection comes about. */
  connected(): void {
    this.#isHeadSent = true;
    this.#body?.begin();
  }

  drained(): void {
    this.#body?.resume();
  }

  head({ status, reason, headers, framing }: ResponseHead): void {
    if (this.#isSettled) return;
    const { responseHeaders } = this.#options.forward;
    for (const name in responseHeaders) headers.push(name, responseHeaders[name] ?? '');
    this.#options.forward.onHead?.(status, headers);
    try {
      this.#response.writeHead(status, reason, headers);
    } catch (error) {
      this.#fail('upstream_invalid', error);
      return;
    }
    this.#endsByClose = this.#request.httpVersion === '1.0' && (framing === 'chunked' || framing === 'close');
  }

  body(part: Buffer): void {
    if (this.#isSettled) return;
    this.#writePending();
    this.#pending = part;
  }

  end(): void {
    if (this.#isSettled) return;
    const response = this.#response;
    const part = this.#pending;
    this.#pending = undefined;
    this.#connection = undefined;
    if (part === undefined) response.end();
    else if (!this.#isHeadOut && part.length <= JOINED_BYTES) response.end(part.toString('latin1'), 'latin1');
    else response.end(part);
    this.#body?.discard();
    if (response.writableLength > 0) this.#awaitReader(response.writableLength);
  }

  flush(): void {
    const response = this.#response;
    if (this.#isSettled || !response.headersSent) return;
    if (!this.#isHeadOut && this.#pending === undefined) {
      this.#isHeadOut = true;
      response.flushHeaders();
      return;
    }
    this.#writePending();
    if (this.#isCorked) response.socket?.uncork();
    this.#isCorked = false;
    this.#isBacklogged = response.writableLength > 0;
    if (!this.#isBacklogged || !response.writableNeedDrain) return;
    this.#unsentBytes = response.writableLength;
    this.#connection?.pause();
    response.once('drain', () => this.#clientDrained());
  }

  /** Corked by us, so that all of it leaves at `flush`, before the buffer is read into again. */
  #writePending(): void {
    const part = this.#pending;
    if (part === undefined) return;
    this.#pending = undefined;
    if (!this.#isCorked && this.#response.socket !== null) {
      this.#isCorked = true;
      this.#response.socket.cork();
    }
    this.#isHeadOut = true;
    this.#response.write(this.#isBacklogged && part.length < COPIED_BYTES ? Buffer.from(part) : part);
  }

  holdsBuffer(): boolean {
    return this.#response.writableLength > 0;
  }

  #clientDrained(): void {
    this.#isBacklogged = false;
    this.#connection?.resume();
  }

  mayStaySilent(): boolean {
    const response = this.#response;
    if (response.headersSent && response.writableNeedDrain) {
      const left = response.writableLength;
      if (left < this.#unsentBytes) {
        this.#unsentBytes = left;
        return true;
      }
      this.#fail('client_stalled');
    } else {
      const waitsForBody = !response.headersSent && !this.#request.complete && this.#connection?.isFull === false;
      this.#fail(waitsForBody ? 'client_stalled' : 'upstream_stalled');
    }
    return false;
  }

  lost(loss: Loss, error?: unknown): void {
    if (this.#isSettled) return;
    switch (loss) {
      case 'unconnected':
        this.#fail('connect_timeout');
        return;
      case 'overdue':
        this.#fail('deadline');
        return;
      case 'invalid':
        this.#fail('upstream_invalid');
        return;
      case 'stale':
        if (this.#mayResend()) {
          this.#isResent = true;
          this.#use(this.#options.pool.open());
          return;
        }
        break;
      case 'broken':
    }
    if (this.#response.headersSent) this.#fail('upstream_truncated', error);
    else this.#fail(error === undefined ? 'upstream_reset' : failureOf(error), error);
  }

  #mayResend(): boolean {
    return !this.#isResent && this.#options.framing === 'none' && SAFE_METHODS.has(this.#request.method ?? '');
  }

  /** The endpoint's part is over, and with it the watch on its connection: what is left has to keep flowing to the client. */
  #awaitReader(unsentBytes: number): void {
    this.#readerTimer = setTimeout(() => {
      const left = this.#response.writableLength;
      if (left >= unsentBytes) this.#fail('client_stalled');
      else this.#awaitReader(left);
    }, this.#options.forward.idleTimeoutMs);
  }

  /** After the last byte too: then the answer is delivered. */
  #clientClosed(): void {
    if (this.#isSettled) return;
    const { writableFinished, statusCode: status } = this.#response;
    if (writableFinished) this.#settle({ outcome: 'answered', termination: 'complete', status });
    else this.#fail('client_gone');
  }

  #fail(failure: Failure, cause?: unknown): void {
    if (this.#isSettled) return;
    const response = this.#response;
    const connection = this.#connection;
    this.#connection = undefined;
    this.#pending = undefined;
    if (response.headersSent) {
      // A client that was promised no end but the connection's learns of a cut only from a reset.
      if (this.#endsByClose) response.socket?.resetAndDestroy();
      else response.destroy();
      this.#settle({ outcome: 'broken', termination: failure, status: response.statusCode });
    } else {
      this.#settle({ outcome: 'unanswered', termination: failure, sent: this.#sent(), cause });
    }
    connection?.destroy();
  }

  #sent(): Sent {
    if (this.#body?.isBegun === true) return 'body';
    return this.#isHeadSent ? 'head' : 'nothing';
  }

  #settle(outcome: ForwardOutcome): void {
    this.#isSettled = true;
    clearTimeout(this.#readerTimer);
    this.#body?.stop();
    this.#options.settle(outcome);
  }
}
