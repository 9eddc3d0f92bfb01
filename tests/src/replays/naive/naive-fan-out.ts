/**
 * How a feed with sources was answered in 2013, for the control run of a replay: each source is asked by an ordinary request to its
 * default endpoint, through the balancer, and whoever answers that does the same in turn. No request says on whose behalf it comes, none is
 * joined with another, no plan knows what was asked already, and nobody who waits stands apart from those that he waits for.
 *
 * Bounded: the workers, the line of those who wait for one, connections, and how long a source is waited for.
 */
import { Agent, get, Server } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';

import { FEEDCHAIN_HEADER, FleetChain, writeFeedChain } from '@feedfleet/feedchain';
import { fleetKeys } from '@feedfleet/registry-client';

import { KnownSources } from './known-sources.ts';
import type { KnownFeed } from './known-sources.ts';
import { Workers } from './workers.ts';

export interface NaiveFanOutOptions {
  readonly instance: string;
  readonly dataFolder: string;
  readonly fleetSecret: string;
  readonly balancerUrl: string;
  /** Requests in work at a time. */
  readonly workers: number;
  /** How long a source is waited for, in milliseconds. */
  readonly sourceMs: number;
}

const MAX_WAITING = 1_000;
const MAX_CONNECTIONS = 768;
const MAX_ANSWER_BYTES = 1_000_000;
/** Of the entry points that clients of 2013 restore and search by; what follows the mount is asked of each source. */
const QUERY = /^\/F\/([^/?]+)(?:\/api\/v2)?(\/(?:FindPackagesById|Packages|Search)\(.*)$/i;
const ENTRIES = /<entry[\s>].*?<\/entry>/gs;
const ENTRY_ID = /<id>([^<]*)</;
/** Longer than any chain of this process takes. */
const OWN_DEADLINE_MS = 60_000;

export class NaiveFanOut {
  readonly #options: NaiveFanOutOptions;
  readonly #chain: FleetChain;
  readonly #known: KnownSources;
  readonly #workers: Workers;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });

  constructor(options: NaiveFanOutOptions) {
    this.#options = options;
    this.#workers = new Workers({ count: options.workers, maxWaiting: MAX_WAITING });
    this.#chain = new FleetChain(fleetKeys(options.fleetSecret).chain);
    this.#known = new KnownSources(options.dataFolder, options.instance);
  }

  /** Every request of this process comes here first, whatever server has it. */
  install(): void {
    const emit = Reflect.get(Server.prototype, 'emit');
    const take = (request: IncomingMessage, response: ServerResponse, passOn: () => void): void => {
      this.#take(request, response, passOn);
    };
    Server.prototype.emit = function (this: Server, event: string | symbol, ...given: unknown[]): boolean {
      const passOn = (): boolean => Reflect.apply(emit, this, [event, ...given]) === true;
      const [request, response] = given as [IncomingMessage, ServerResponse];
      if (event !== 'request' || isAside(request)) return passOn();
      take(request, response, passOn);
      return true;
    };
  }

  #take(request: IncomingMessage, response: ServerResponse, passOn: () => void): void {
    const isTaken = this.#workers.take({
      isGone: () => request.socket.destroyed,
      serve: (done) => {
        const [, name = '', query = ''] = QUERY.exec(request.url ?? '') ?? [];
        const feed = this.#known.feed(decodeURIComponent(name));
        if (feed === undefined || feed.sources.length === 0) {
          response.once('close', done);
          passOn();
          return;
        }
        // Whether its client is still there is nothing that a worker notices before it answers.
        void this.#answer(request, response, { feed, query }).finally(done);
      },
    });
    if (!isTaken) response.writeHead(503, { 'content-type': 'text/plain' }).end('Server Too Busy');
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    { feed, query }: { readonly feed: KnownFeed; readonly query: string },
  ): Promise<void> {
    const { balancerUrl } = this.#options;
    const own = await this.#ownPart(request, feed);
    if (own.status !== 200) {
      response.writeHead(own.status === 0 ? 502 : own.status, { 'content-type': 'text/plain' }).end(own.text);
      return;
    }
    // In 2013 nobody could tell; here it is how the requests for one query are counted.
    const id = { 'x-request-id': String(request.headers['x-request-id']) };
    const others = await Promise.all(
      feed.sources.map((name) => this.#ask(`${balancerUrl}/F/${encodeURIComponent(name)}${query}`, id)),
    );
    const answers = others.filter(({ status }) => status === 200).map(({ text }) => text);
    response.writeHead(200, { 'content-type': 'application/atom+xml' }).end(joined(own.text, answers));
  }

  /** What the feed has itself, from the product's own code in this process. */
  #ownPart({ socket, url = '', headers }: IncomingMessage, { id }: KnownFeed): Promise<Told> {
    const step = { fleet: this.#chain, feedId: id, leafOf: id, breadth: 0, deadlineMs: Date.now() + OWN_DEADLINE_MS };
    const written = writeFeedChain({ outcome: 'none' }, step);
    if (written.outcome !== 'written') return Promise.resolve(NOTHING);
    return this.#ask(`http://127.0.0.1:${socket.localPort ?? 0}${url}`, {
      ...credentialOf(headers),
      [FEEDCHAIN_HEADER]: written.text,
    });
  }

  #ask(url: string, headers: Readonly<Record<string, string>>): Promise<Told> {
    return new Promise((resolve) => {
      const nothing = (): void => resolve(NOTHING);
      const signal = AbortSignal.timeout(this.#options.sourceMs);
      const asked = get(url, { agent: this.#agent, headers, signal }, (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (part: string) => {
          text += part;
          if (text.length > MAX_ANSWER_BYTES) answer.destroy();
        });
        answer.on('error', nothing);
        answer.on('close', () => resolve(answer.complete ? { status: answer.statusCode ?? 0, text } : NOTHING));
      });
      asked.on('error', nothing);
    });
  }
}

/** Status 0 for everything but a whole answer within the time. */
interface Told {
  readonly status: number;
  readonly text: string;
}
const NOTHING: Told = { status: 0, text: '' };

function credentialOf(headers: IncomingMessage['headers']): Readonly<Record<string, string>> {
  const key = headers['x-nuget-apikey'];
  return typeof key === 'string' ? { 'x-nuget-apikey': key } : {};
}

/** Health and operations, and what this process asks itself. */
function isAside({ url = '', headers }: IncomingMessage): boolean {
  return !url.startsWith('/F/') || headers[FEEDCHAIN_HEADER] !== undefined;
}

/** The own answer with the entries of the others that it has not. */
function joined(own: string, others: readonly string[]): string {
  const entries = new Map<string, string>();
  for (const [entry] of [own, ...others].flatMap((text) => [...text.matchAll(ENTRIES)])) {
    // Below another feed the same package has another address; what follows the mount is the same.
    const id = (ENTRY_ID.exec(entry)?.[1] ?? '').replace(/^.*\/Packages/, '');
    if (!entries.has(id)) entries.set(id, entry);
  }
  const head = own.replace(ENTRIES, '');
  return head.replace(/<\/feed>\s*$/, `${[...entries.values()].join('')}</feed>`);
}
