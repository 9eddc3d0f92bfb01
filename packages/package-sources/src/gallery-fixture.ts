/** Galleries on the loopback device, as they are met in the field, and the sick ones. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Sends the head and the body, and then nothing more; the connection stays. */
  readonly hangs?: boolean;
}

/** What a gallery answers: a reply, or undefined for 404. */
export type Answerer = (url: URL, request: IncomingMessage) => Reply | undefined | Promise<Reply | undefined>;

export class Gallery {
  /** Paths with queries, in the order in which they were asked for. */
  readonly asked: string[] = [];
  answer: Answerer;
  readonly #server: Server;

  private constructor(server: Server, answer: Answerer) {
    this.#server = server;
    this.answer = answer;
  }

  static async open(answer: Answerer): Promise<Gallery> {
    const server = createServer((request, response) => void gallery.#respond(request, response));
    const gallery = new Gallery(server, answer);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return gallery;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
    });
  }

  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    this.asked.push(`${url.pathname}${url.search}`);
    const {
      status = 200,
      headers = {},
      body = '',
      hangs = false,
    } = (await this.answer(url, request)) ?? { status: 404 };
    const etag = headers.etag;
    const isKnown = etag !== undefined && request.headers['if-none-match'] === etag;
    const length = isKnown || hangs ? {} : { 'content-length': Buffer.byteLength(body) };
    response.writeHead(isKnown ? 304 : status, { ...length, ...headers });
    if (hangs) response.write(body);
    else response.end(isKnown ? undefined : body);
  }
}

export const json = (value: unknown, headers: Readonly<Record<string, string>> = {}): Reply => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
});

export const atom = (body: string, headers: Readonly<Record<string, string>> = {}): Reply => ({
  headers: { 'content-type': 'application/atom+xml', ...headers },
  body,
});
