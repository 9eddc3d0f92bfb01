/**
 * Health and metrics, answered before anything else is asked, so that they work while everything else hangs.
 *
 * Source: Kubernetes, "Configure Liveness, Readiness and Startup Probes", for live against ready.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProblemError } from '@feedfleet/problems';
import type { DeepCheck } from './deep-check.ts';
import type { Readiness } from './host-options.ts';
import type { Metrics } from './metrics.ts';
import { sendProblem } from './send-problem.ts';

export interface HealthRoutesOptions {
  readonly metrics: Metrics;
  /** Whether `/metrics` is among them. */
  readonly withMetrics: boolean;
  readonly readiness: () => Readiness;
  readonly deepCheck: DeepCheck | undefined;
  /** Told of each question whether it is ready. */
  readonly checked: ((request: IncomingMessage) => void) | undefined;
}

const LETTER_H = 104;
const LETTER_M = 109;

export class HealthRoutes {
  readonly #options: HealthRoutesOptions;

  constructor(options: HealthRoutesOptions) {
    this.#options = options;
  }

  /** Returns whether the request was one of its own. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    const url = request.url ?? '';
    const first = url.charCodeAt(1);
    if (first !== LETTER_H && first !== LETTER_M) return false;
    const answer = this.#answerOf(url.split('?', 1)[0] ?? '', request);
    if (answer === undefined) return false;
    // Nobody reads that body, and Node would keep the connection until all of it has come.
    if (hasBody(request)) response.shouldKeepAlive = false;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      sendProblem(response, new ProblemError('methodNotAllowed', { headers: { allow: 'GET, HEAD' } }));
    } else {
      answer(response);
    }
    return true;
  }

  #answerOf(path: string, request: IncomingMessage): ((response: ServerResponse) => void) | undefined {
    if (path === '/health/live') return (response) => sendJson(response, 200, { live: true });
    if (path === '/health/ready') return (response) => this.#sendReadiness(request, response);
    const { deepCheck } = this.#options;
    if (path === '/health/deep' && deepCheck !== undefined) return (response) => void sendDeep(response, deepCheck);
    if (path === '/metrics' && this.#options.withMetrics) return (response) => void this.#sendMetrics(response);
    return undefined;
  }

  #sendReadiness(request: IncomingMessage, response: ServerResponse): void {
    this.#options.checked?.(request);
    const readiness = this.#options.readiness();
    sendJson(response, readiness.ready ? 200 : 503, readiness);
  }

  async #sendMetrics(response: ServerResponse): Promise<void> {
    try {
      const { contentType, body } = await this.#options.metrics.render();
      send(response, 200, contentType, Buffer.from(body));
    } catch (error) {
      sendProblem(response, error);
    }
  }
}

async function sendDeep(response: ServerResponse, deepCheck: DeepCheck): Promise<void> {
  const result = await deepCheck.run();
  sendJson(response, result.passed ? 200 : 503, result);
}

function hasBody({ headers }: IncomingMessage): boolean {
  if (headers['transfer-encoding'] !== undefined) return true;
  const length = headers['content-length'];
  return length !== undefined && Number(length) > 0;
}

function sendJson(response: ServerResponse, status: number, value: object): void {
  send(response, status, 'application/json', Buffer.from(JSON.stringify(value)));
}

function send(response: ServerResponse, status: number, contentType: string, body: Buffer): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': String(body.length),
    'cache-control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}
