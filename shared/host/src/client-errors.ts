/**
 * Answers for what is not even a request: written on the socket, because there is no response object for it.
 *
 * Source: Node.js, "HTTP", event 'clientError'; RFC 6585, section 5 (431); RFC 9110, section 15.5.9 (408).
 */
import type { Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { ProblemError } from '@feedfleet/problems';
import type { RequestMetrics } from './request-metrics.ts';

/** How long a refused connection stays open for its client to read why, in milliseconds. */
const LINGER_MS = 500;

/** What Node keeps on the socket of a request under way. */
interface HttpSocket extends Duplex {
  readonly _httpMessage?: { readonly headersSent: boolean } | null;
}

export function answerClientErrors(server: Server, metrics: RequestMetrics): void {
  const answered = new WeakSet<Duplex>();
  server.on('clientError', (error: NodeJS.ErrnoException, socket: HttpSocket) => {
    if (answered.has(socket)) return;
    answered.add(socket);
    if (error.code === 'ECONNRESET' || !socket.writable || socket._httpMessage?.headersSent === true) {
      socket.destroy();
      return;
    }
    socket.end(rawProblem(problemOf(error, metrics)));
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  });
  server.on('drop', () => metrics.refused('tooMany'));
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
    '',
    body,
  ].join('\r\n');
}
