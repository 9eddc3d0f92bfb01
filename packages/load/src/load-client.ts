/** Requests of one group of clients over a bounded number of kept connections, to this machine and to hosts that were named. */
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
  /** Whether a GET goes on to where it is sent, as clients do; the latency is of all together. */
  readonly followsRedirects?: boolean;
  /** How fast the answer is read, as by a client on a bad line. By default as fast as it comes. */
  readonly readBytesPerSecond?: number;
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
  /** Hosts beside this machine. */
  readonly allowedHosts?: ReadonlySet<string> | undefined;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);
const NOBODY: ReadonlySet<string> = new Set();
const MOST_REDIRECTS = 5;
/** For the host that was asked, and for nobody that it sends to. */
const SECRET_HEADERS: ReadonlySet<string> = new Set(['authorization', 'x-nuget-apikey']);
const OK: LoadOutcome = { outcome: 'ok' };

export class LoadClient {
  readonly #agent: Agent;
  readonly #secureAgent: SecureAgent;
  readonly #timeoutMs: number;
  readonly #allowedHosts: ReadonlySet<string>;

  constructor(options: LoadClientOptions) {
    const { maxConnections, timeoutMs, keepsConnections = true, authority, allowedHosts = NOBODY } = options;
    const agent = { keepAlive: keepsConnections, maxSockets: maxConnections, maxFreeSockets: maxConnections };
    this.#agent = new Agent(agent);
    // A session of a former connection would not show the certificate.
    this.#secureAgent = new SecureAgent({ ...agent, ca: authority, maxCachedSessions: 0 });
    this.#timeoutMs = timeoutMs;
    this.#allowedHosts = allowedHosts;
  }

  /**
   * @param done - called once, when the answer is there as a whole or there will be none.
   * @throws Error for a URL of a host that was not named.
   */
  send(wanted: LoadRequest, done: (outcome: LoadOutcome) => void): void {
    const url = new URL(wanted.url);
    assertMayLoad(url, this.#allowedHosts);
    let request: ClientRequest | undefined;
    let isOver = false;
    const end = (outcome: LoadOutcome): void => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      done(outcome);
    };
    const timer = setTimeout(() => {
      end({ outcome: 'failed', reason: 'timeout' });
      request?.destroy();
    }, this.#timeoutMs);
    const fail = (error: NodeJS.ErrnoException): void =>
      end({ outcome: 'failed', reason: error.code ?? error.message });
    const ask = (to: URL, hops: number): void => {
      try {
        request = this.#open(to, wanted, to.origin === url.origin);
      } catch (error) {
        // For example of a scheme that is not spoken.
        fail(error as NodeJS.ErrnoException);
        return;
      }
      request.on('error', fail);
      request.on('response', (response) => {
        response.on('error', fail);
        const next = hops < MOST_REDIRECTS ? redirectOf(response, wanted, to) : undefined;
        if (next === undefined) {
          receive(response, wanted, end);
        } else if (mayLoad(next, this.#allowedHosts)) {
          response.resume().on('end', () => {
            if (!isOver) ask(next, hops + 1);
          });
        } else {
          response.destroy();
          end({ outcome: 'failed', reason: `sent on to ${next.hostname}, which may not be loaded` });
        }
      });
      request.end(wanted.body);
    };
    ask(url, 0);
  }

  close(): void {
    this.#agent.destroy();
    this.#secureAgent.destroy();
  }

  #open(url: URL, { method = 'GET', headers = {}, body }: LoadRequest, isOfTarget: boolean): ClientRequest {
    const length = body === undefined ? {} : { 'content-length': String(body.length) };
    const sent = isOfTarget
      ? headers
      : Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.has(name.toLowerCase())));
    const options = { method, headers: { ...length, ...sent } };
    if (url.protocol === 'https:') return httpsRequest(url, { ...options, agent: this.#secureAgent });
    return httpRequest(url, { ...options, agent: this.#agent });
  }
}

/** Where a client goes on to; `undefined` for an answer that is one. */
function redirectOf(
  response: IncomingMessage,
  { followsRedirects, method = 'GET' }: LoadRequest,
  from: URL,
): URL | undefined {
  const { statusCode: status = 0, headers } = response;
  const isRedirect = status >= 301 && status <= 308 && status !== 304 && headers.location !== undefined;
  if (followsRedirects !== true || method !== 'GET' || !isRedirect) return undefined;
  return URL.canParse(headers.location ?? '', from.href) ? new URL(headers.location ?? '', from) : undefined;
}

function receive(response: IncomingMessage, wanted: LoadRequest, end: (outcome: LoadOutcome) => void): void {
  const chunks: Buffer[] = [];
  if (wanted.keepsBody === true) response.on('data', (chunk: Buffer) => chunks.push(chunk));
  else if (wanted.readBytesPerSecond !== undefined) readSlowly(response, wanted.readBytesPerSecond);
  else response.resume();
  response.on('end', () => {
    const { statusCode: status = 0, statusMessage: phrase = '', headers } = response;
    end(outcomeOf({ status, phrase, headers, body: Buffer.concat(chunks) }, wanted));
  });
  response.on('close', () => end({ outcome: 'failed', reason: 'the answer broke off' }));
}

/** Nothing is taken from the connection while the client is busy with what it has. */
function readSlowly(response: IncomingMessage, bytesPerSecond: number): void {
  response.on('data', (chunk: Buffer) => {
    response.pause();
    setTimeout(() => response.resume(), (chunk.length * 1000) / bytesPerSecond);
  });
}

export function mayLoad({ hostname }: URL, allowedHosts: ReadonlySet<string>): boolean {
  return LOOPBACK.has(hostname) || allowedHosts.has(hostname);
}

/** @throws Error for a URL of a host that was not named. */
export function assertMayLoad(url: URL, allowedHosts: ReadonlySet<string> = NOBODY): void {
  if (!mayLoad(url, allowedHosts)) {
    throw new Error(`load goes to this machine alone and to hosts that were named, not to ${url.hostname}`);
  }
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
