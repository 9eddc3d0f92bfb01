/**
 * An answer that comes before its request's body has ended: the rest of the body is read and thrown away for a while.
 *
 * Many clients (.NET among them) read no answer before they have sent everything, and a connection that is closed with unread
 * bytes is reset, which takes the answer with it.
 *
 * Source: RFC 9112, section 9.6 "Tear-down"; nginx, `lingering_close`.
 */
import type { IncomingMessage } from 'node:http';
import { framingOf } from './request-framing.ts';

export interface DiscardLimits {
  /** How long the rest may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** Of HTTP/2, the stream alone: other requests share the connection. */
function cut(request: IncomingMessage): void {
  if ('stream' in request) request.destroy();
  else request.socket.destroy();
}

/** Known by the head alone; of HTTP/2 it is not. */
function hasNoBody(request: IncomingMessage): boolean {
  return !('stream' in request) && framingOf(request.headers) === 'none';
}

/** Lets what is left of the body run into nothing; closes the connection when it takes longer than the limit. */
export function discardBody(request: IncomingMessage, { timeoutMs }: DiscardLimits): void {
  if (request.complete || request.destroyed || hasNoBody(request)) {
    request.resume();
    return;
  }
  const timer = setTimeout(() => cut(request), timeoutMs);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
  request.unpipe();
  request.resume();
}
