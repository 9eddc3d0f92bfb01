/**
 * `POST /-/restart`: the process drains and ends, and whoever keeps it up starts it anew. No feed has that path, and nobody comes there
 * without the operator token.
 */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProblemError } from '@feedfleet/problems';
import type { RestartOptions } from './host-options.ts';
import type { Logger } from './logger.ts';
import { sendProblem } from './send-problem.ts';

export interface RestartRouteOptions extends RestartOptions {
  readonly log: Logger;
}

const PATH = '/-/restart';
const DASH = 45;

export class RestartRoute {
  readonly #options: RestartRouteOptions;

  constructor(options: RestartRouteOptions) {
    this.#options = options;
  }

  /** Returns whether the request was its own. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? '';
    if (url.charCodeAt(1) !== DASH || url.split('?', 1)[0] !== PATH) return false;
    // A body would be nobody's, and the process ends anyway.
    response.shouldKeepAlive = false;
    const problem = this.#problemOf(request);
    if (problem === undefined) this.#accept(request, response);
    else sendProblem(response, problem);
    return true;
  }

  #problemOf({ method, headers }: IncomingMessage): ProblemError | undefined {
    if (method !== 'POST') return new ProblemError('methodNotAllowed', { headers: { allow: 'POST' } });
    const [, given = ''] = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
    if (isSame(given, this.#options.token)) return undefined;
    return new ProblemError('unauthenticated', {
      detail: 'Send the operator token as Bearer.',
      headers: { 'www-authenticate': 'Bearer realm="feedfleet"' },
    });
  }

  #accept(request: IncomingMessage, response: ServerResponse): void {
    const { log, begin } = this.#options;
    log.info('restart asked for', { 'client.address': request.socket.remoteAddress });
    const body = Buffer.from(JSON.stringify({ restarting: true }));
    response.writeHead(202, { 'content-type': 'application/json', 'content-length': String(body.length) });
    response.once('close', begin);
    response.end(body);
  }
}

/** Takes the same time wherever two tokens differ, and whatever their lengths are. */
function isSame(left: string, right: string): boolean {
  return timingSafeEqual(hash('sha256', left, 'buffer'), hash('sha256', right, 'buffer'));
}
