/** Requests of one group of clients over a bounded number of kept connections, to this machine alone. */
import { Agent, request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as httpsRequest } from 'node:https';

export interface LoadRequest {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Says what is wrong with an answer; by default everything but 2xx and 304 is. Asked once the whole answer is there. */
  readonly judge?: (answer: LoadAnswer) => string | undefined;
  /** Whether `judge` wants to see the body. */
  readonly keepsBody?: boolean;
}

export interface LoadAnswer {
  readonly status: number;
  /** The reason phrase. */
  readonly phrase: string;
  readonly headers: IncomingHttpHeaders;
  /** Empty unless the request keeps it. */
  readonly body: Buffer;
}

export type LoadOutcome =
  | { readonly outcome: 'ok' }
  /** Told to come again: 429 or 503 with a `Retry-After`. */
  | { readonly outcome: 'refused'; readonly reason: string }
  | { readonly outcome: 'failed'; readonly reason: string };

export interface LoadClientOptions {
  readonly maxConnections: number;
  /** From the start to the last byte of the answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Default true; false opens one for each request. */
  readonly keepsConnections?: boolean;
  /** PEM: trusted for URLs with TLS. */
  readonly authority?: string | undefined;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);
const OK: LoadOutcome = { outcome: 'ok' };

export class LoadClient {
  readonly #agent: Agent;
  readonly #secureAgent: SecureAgent;
  readonly #timeoutMs: number;

  constructor({ maxConnections, timeoutMs, keepsConnections = true, authority }: LoadClientOptions) {
    const options = { keepAlive: keepsConnections, maxSockets: maxConnections, maxFreeSockets: maxConnections };
    this.#agent = new Agent(options);
    // A session of a former connection would not show the certificate.
    this.#secureAgent = new SecureAgent({ ...options, ca: authority, maxCachedSessions: 0 });
    this.#timeoutMs = timeoutMs;
  }

  /**
   * @param done - called once, when the answer is there as a whole or there will be none.
   * @throws Error for a URL of another machine.
   */
  send(wanted: LoadRequest, done: (outcome: LoadOutcome) => void): void {
    const url = new URL(wanted.url);
    assertOwnMachine(url);
    const request = this.#open(url, wanted);
    let isOver = false;
    const end = (outcome: LoadOutcome): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      done(outcome);
    };
    const timer = setTimeout(() => {
      end({ outcome: 'failed', reason: 'timeout' });
      request.destroy();
    }, this.#timeoutMs);
    const fail = (error: NodeJS.ErrnoException): void =>
      end({ outcome: 'failed', reason: error.code ?? error.message });
    request.on('error', fail);
    request.on('response', (response) => {
      response.on('error', fail);
      receive(response, wanted, end);
    });
    request.end(wanted.body);
  }

  close(): void {
    this.#agent.destroy();
    this.#secureAgent.destroy();
  }

  #open(url: URL, { method = 'GET', headers = {}, body }: LoadRequest): ClientRequest {
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const options = { method, headers: { ...length, ...headers } };
    if (url.protocol === 'https:') return httpsRequest(url, { ...options, agent: this.#secureAgent });
    return httpRequest(url, { ...options, agent: this.#agent });
  }
}

function receive(response: IncomingMessage, wanted: LoadRequest, end: (outcome: LoadOutcome) => void): void {
  const chunks: Buffer[] = [];
  if (wanted.keepsBody === true) response.on('data', (chunk: Buffer) => chunks.push(chunk));
  else response.resume();
  response.on('end', () => {
    const { statusCode: status = 0, statusMessage: phrase = '', headers } = response;
    end(outcomeOf({ status, phrase, headers, body: Buffer.concat(chunks) }, wanted));
  });
  response.on('close', () => end({ outcome: 'failed', reason: 'the answer broke off' }));
}

/** @throws Error for a URL of another machine. */
export function assertOwnMachine({ hostname }: URL): void {
  if (!LOOPBACK.has(hostname)) throw new Error(`load goes to this machine alone, not to ${hostname}`);
}

export function outcomeOf(answer: LoadAnswer, { judge = judgeStatus }: LoadRequest): LoadOutcome {
  const reason = judge(answer);
  if (reason === undefined) return OK;
  const { status, phrase, headers } = answer;
  const retryAfterSeconds = Number(headers['retry-after']);
  if ((status === 503 || status === 429) && Number.isInteger(retryAfterSeconds) && retryAfterSeconds > 0) {
    // One line in a report, whatever the phrase says of when to come again.
    return { outcome: 'refused', reason: `${status} ${phrase.replaceAll(/\d+/g, 'N')}` };
  }
  return { outcome: 'failed', reason };
}

function judgeStatus({ status }: LoadAnswer): string | undefined {
  return (status >= 200 && status < 300) || status === 304 ? undefined : `status ${status}`;
}
