/**
 * Answers for what is not even a request: written on the socket, because there is no response object for it.
 *
 * Source: Node.js, "HTTP", events 'clientError' and 'connect'; RFC 6585, section 5 (431); RFC 9110, sections 15.5.6 (405) and 15.5.9 (408).
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import type { Duplex } from 'node:stream';
import { ProblemError } from '@feedfleet/problems';
import type { RequestMetrics } from './request-metrics.ts';

/** How long a refused connection stays open for its client to read why, in milliseconds. */
const LINGER_MS = 500;

/** What Node keeps on the socket of a request under way: its answer. */
interface HttpSocket extends Duplex {
  readonly _httpMessage?: ServerResponse | null;
}

export function answerClientErrors(listening: Server | Http2SecureServer, metrics: RequestMetrics): void {
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
    const problem = problemOf(error, metrics);
    if (underWay?.req.complete === true) endAfter(underWay, socket);
    else if (underWay?.headersSent === true) socket.destroy();
    else endWith(rawProblem(problem), socket);
  });
  server.on('connect', (request: IncomingMessage, socket: HttpSocket) => {
    if (request.httpVersionMajor === 1) refuseTunnel(socket, metrics);
    else refuseStream(socket as unknown as ServerResponse, metrics);
  });
  server.on('drop', () => metrics.refused('tooMany'));
}

/** Node has let go of the connection: nobody else listens for its errors, and nobody else closes it. */
function refuseTunnel(socket: HttpSocket, metrics: RequestMetrics): void {
  socket.on('error', () => socket.destroy());
  metrics.refused('tunnel');
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
function refuseStream(response: ServerResponse, metrics: RequestMetrics): void {
  metrics.refused('tunnel');
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

function problemOf(error: NodeJS.ErrnoException, metrics: RequestMetrics): ProblemError {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      metrics.refused('headersTooLarge');
      return new ProblemError('headersTooLarge');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      metrics.refused('timeout');
      return new ProblemError('requestTimeout');
    default:
      metrics.refused('malformed');
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
