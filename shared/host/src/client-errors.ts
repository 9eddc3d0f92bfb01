/**
 * Answers for what is not even a request: written on the socket, because there is no response object for it.
 *
 * Source: Node.js, "HTTP", events 'clientError' and 'connect'; RFC 6585, section 5 (431); RFC 9110, sections 15.5.6 (405) and 15.5.9 (408).
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import type { Duplex } from 'node:stream';
import { ProblemError } from '@feedfleet/problems';
import type { RefusedMessage } from './host-options.ts';
import type { RequestMetrics } from './request-metrics.ts';

/** How long a refused connection stays open for its client to read why, in milliseconds. */
const LINGER_MS = 500;

/** What Node keeps on the socket of a request under way: its answer. */
interface HttpSocket extends Duplex {
  readonly remoteAddress?: string;
  readonly _httpMessage?: ServerResponse | null;
}

export interface ClientErrorsOptions {
  readonly metrics: RequestMetrics;
  /** Not told where a request was under way: that one ends, and is told of as any other. */
  readonly refused?: ((message: RefusedMessage) => void) | undefined;
}

export function answerClientErrors(
  listening: Server | Http2SecureServer,
  { metrics, refused = () => undefined }: ClientErrorsOptions,
): void {
  // One that knows HTTP/2 too has the same events for its clients of HTTP/1.1.
  const server = listening as Server;
  const answered = new WeakSet<Duplex>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket: HttpSocket) => {
    if (answered.has(socket)) return;
    answered.add(socket);
    const underWay = socket._httpMessage;
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const reason = reasonOf(error);
    const problem = problemOf(reason);
    metrics.refused(reason);
    if (underWay == null) refused({ reason, status: problem.status, peer: socket.remoteAddress ?? '' });
    if (underWay?.req.complete === true) endAfter(underWay, socket);
    else if (underWay?.headersSent === true) socket.destroy();
    else endWith(rawProblem(problem), socket);
  });
  server.on('connect', (request: IncomingMessage, socket: HttpSocket) => {
    metrics.refused('tunnel');
    refused({ reason: 'tunnel', status: 405, peer: request.socket.remoteAddress ?? '' });
    if (request.httpVersionMajor === 1) refuseTunnel(socket);
    else refuseStream(socket as unknown as ServerResponse);
  });
  server.on('drop', () => metrics.refused('tooMany'));
}

/** Node has let go of the connection: nobody else listens for its errors, and nobody else closes it. */
function refuseTunnel(socket: HttpSocket): void {
  socket.on('error', () => socket.destroy());
  // The answer under way does not learn any more when the client takes more of it, so it could not be carried out.
  if (socket._httpMessage != null) {
    socket.destroy();
    return;
  }
  const headers = { Allow: 'GET, HEAD, POST, PUT, DELETE' };
  endWith(rawProblem(new ProblemError('methodNotAllowed', { detail: 'There are no tunnels here.', headers })), socket);
  socket.resume();
}

/** A CONNECT of HTTP/2 comes with an answer like any other request. */
function refuseStream(response: ServerResponse): void {
  response.writeHead(405, { allow: 'GET, HEAD, POST, PUT, DELETE' }).end();
}

/** The fault came behind a whole request, whose answer it must not replace: that request is carried out. */
function endAfter(response: ServerResponse, socket: Duplex): void {
  if (!response.headersSent) response.shouldKeepAlive = false;
  response.once('finish', () => endWith('', socket));
}

function endWith(text: string, socket: Duplex): void {
  socket.end(text);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

type Reason = Exclude<RefusedMessage['reason'], 'tunnel'>;

function reasonOf({ code }: NodeJS.ErrnoException): Reason {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headersTooLarge';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'timeout' : 'malformed';
}

function problemOf(reason: Reason): ProblemError {
  switch (reason) {
    case 'headersTooLarge':
      return new ProblemError('headersTooLarge');
    case 'timeout':
      return new ProblemError('requestTimeout');
    case 'malformed':
      return new ProblemError('invalidRequest', { detail: 'expected an HTTP/1.1 request' });
  }
}

function rawProblem(problem: ProblemError): string {
  const body = JSON.stringify(problem.toDocument());
  return [
    `HTTP/1.1 ${problem.status} ${problem.reasonPhrase}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    ...Object.entries(problem.headers).map(([name, value]) => `${name}: ${value}`),
    '',
    body,
  ].join('\r\n');
}
