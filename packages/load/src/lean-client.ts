/**
 * Plain GET requests over kept connections, for a generator that must take as little as possible of the processors that it shares with what it
 * measures. Nothing but what a load needs is read of an answer.
 *
 * Source: RFC 9112, section 6.3 "Message Body Length", section 7.1 "Chunked Transfer Coding".
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

import { assertMayLoad, outcomeOf } from './load-client.ts';
import type { LoadAnswer, LoadClientOptions, LoadOutcome, LoadRequest } from './load-client.ts';

type Done = (outcome: LoadOutcome) => void;

const SWEEP_MS = 100;
const HEAD_END = '\r\n\r\n';
const EMPTY = Buffer.alloc(0);

interface Exchange {
  readonly url: URL;
  readonly wanted: LoadRequest;
  readonly done: Done;
  readonly endsAt: number;
}

/** @returns where an answer of the connection ends, and what it is; `undefined` while it is not there as a whole. */
function readAnswer(text: string): { readonly answer: LoadAnswer; readonly end: number } | undefined {
  const headEnd = text.indexOf(HEAD_END);
  if (headEnd === -1) return undefined;
  const [first = '', ...lines] = text.slice(0, headEnd).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
  const start = headEnd + HEAD_END.length;
  const length = headers['content-length'];
  const end = length === undefined ? endOfChunks(text, start) : start + Number(length);
  if (end === undefined || text.length < end) return undefined;
  const [, status = '0', ...phrase] = first.split(' ');
  return { answer: { status: Number(status), phrase: phrase.join(' '), headers, body: EMPTY }, end };
}

function endOfChunks(text: string, start: number): number | undefined {
  for (let at = start; ;) {
    const lineEnd = text.indexOf('\r\n', at);
    if (lineEnd === -1) return undefined;
    const size = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!Number.isInteger(size)) throw new Error('neither a length nor chunks');
    at = lineEnd + 2 + size + 2;
    if (text.length < at) return undefined;
    if (size === 0) return at;
  }
}

class Connection {
  readonly socket: Socket;
  exchange: Exchange | undefined;
  #text = '';

  constructor(url: URL, free: (connection: Connection) => void) {
    this.socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true }).setEncoding('latin1');
    this.socket.on('data', (text: string) => {
      this.#text += text;
      const read = this.#read();
      if (read === undefined) return;
      this.#text = this.#text.slice(read.end);
      const { exchange } = this;
      this.exchange = undefined;
      if (read.answer.headers.connection === 'close') this.socket.destroy();
      else free(this);
      if (exchange !== undefined) exchange.done(outcomeOf(read.answer, exchange.wanted));
    });
    this.socket.on('error', (error: NodeJS.ErrnoException) => this.fail(error.code ?? error.message));
    this.socket.on('close', () => this.fail('the answer broke off'));
  }

  begin(exchange: Exchange): void {
    const { url } = exchange;
    this.exchange = exchange;
    this.socket.write(`GET ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`);
  }

  fail(reason: string): void {
    const { exchange } = this;
    this.exchange = undefined;
    this.socket.destroy();
    exchange?.done({ outcome: 'failed', reason });
  }

  #read(): ReturnType<typeof readAnswer> {
    try {
      return readAnswer(this.#text);
    } catch (error) {
      this.fail(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}

/** To one server. */
export class LeanClient {
  readonly #options: Pick<LoadClientOptions, 'maxConnections' | 'timeoutMs'>;
  readonly #all = new Set<Connection>();
  readonly #free: Connection[] = [];
  readonly #waiting: Exchange[] = [];
  readonly #sweeper: NodeJS.Timeout;

  constructor(options: Pick<LoadClientOptions, 'maxConnections' | 'timeoutMs'>) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.#sweep(), SWEEP_MS).unref();
  }

  /** As of `LoadClient`, of a request without method, headers and body. */
  send(wanted: LoadRequest, done: Done): void {
    const url = new URL(wanted.url);
    assertMayLoad(url);
    this.#waiting.push({ url, wanted, done, endsAt: performance.now() + this.#options.timeoutMs });
    this.#next();
  }

  close(): void {
    clearInterval(this.#sweeper);
    for (const { socket } of this.#all) socket.destroy();
  }

  #next(): void {
    const [exchange] = this.#waiting;
    if (exchange === undefined) return;
    const connection = this.#freeOne() ?? this.#open(exchange.url);
    if (connection === undefined) return;
    this.#waiting.shift();
    connection.begin(exchange);
  }

  #freeOne(): Connection | undefined {
    for (let last = this.#free.pop(); last !== undefined; last = this.#free.pop()) {
      if (!last.socket.destroyed) return last;
    }
    return undefined;
  }

  #open(url: URL): Connection | undefined {
    if (this.#all.size >= this.#options.maxConnections) return undefined;
    const connection = new Connection(url, (free) => {
      this.#free.push(free);
      this.#next();
    });
    this.#all.add(connection);
    connection.socket.once('close', () => {
      this.#all.delete(connection);
      this.#next();
    });
    return connection;
  }

  #sweep(): void {
    const now = performance.now();
    for (const connection of this.#all) {
      if (connection.exchange !== undefined && connection.exchange.endsAt < now) connection.fail('timeout');
    }
    while (this.#waiting[0] !== undefined && this.#waiting[0].endsAt < now) {
      this.#waiting.shift()?.done({ outcome: 'failed', reason: 'timeout' });
    }
  }
}
