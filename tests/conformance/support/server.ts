/** The server under test: every request that the suite makes goes through here, with the credentials of its addresses. */
import { Agent } from 'node:http';

import { exchange } from '../../src/support/exchange.ts';
import type { Exchange, ExchangeOptions } from '../../src/support/exchange.ts';
import { buildPackage } from '../../src/support/package-builder.ts';
import type { PackageOptions } from '../../src/support/package-builder.ts';
import type { Addresses } from './addresses.ts';
import { readEntry, readFeed } from './atom.ts';
import type { Entry, Feed } from './atom.ts';
import { modernForm } from './multipart-forms.ts';
import { rawExchange } from './raw-exchange.ts';
import type { RawAnswer, RawRequest } from './raw-exchange.ts';

export interface ServerOptions {
  readonly addresses: Addresses;
  /** Sent as X-NuGet-ApiKey with every write. */
  readonly key: string;
  /** Sent with every request, for feeds that are not read without. */
  readonly credentials?: Readonly<Record<string, string>>;
}

export interface PackageName {
  readonly id: string;
  readonly version: string;
}

/** The form in which everything but the push tests pushes: that of NuGet 4 and newer. */
const PUSH_FORM = modernForm;

export class Server {
  readonly addresses: Addresses;
  readonly key: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  constructor({ addresses, key, credentials = {} }: ServerOptions) {
    this.addresses = addresses;
    this.key = key;
    this.credentials = credentials;
  }

  /** Whether requests are authenticated without the key of the write. */
  get carriesCredentials(): boolean {
    return Object.keys(this.credentials).length > 0 || this.addresses.push.includes('/auth/');
  }

  send(url: string, options: ExchangeOptions = {}): Promise<Exchange> {
    return exchange(url, { agent: this.#agent, ...options, headers: { ...this.credentials, ...options.headers } });
  }

  /** @param target - what stands behind the root of v2; sent exactly so. */
  raw(target: string, request: Omit<RawRequest, 'url' | 'target'> = {}): Promise<RawAnswer> {
    const url = this.addresses.v2;
    return rawExchange({
      url,
      target: new URL(url).pathname + target,
      ...request,
      headers: { ...this.credentials, ...request.headers },
    });
  }

  /** @param path - behind the root of v2. */
  v2(path: string, options?: ExchangeOptions): Promise<Exchange> {
    return this.send(this.addresses.v2 + path, options);
  }

  async v2Feed(path: string): Promise<Feed> {
    return readFeed(await this.v2(path));
  }

  /** Follows next links to the end. @throws Error for a link that does not advance. */
  async v2Pages(path: string): Promise<readonly Feed[]> {
    const pages: Feed[] = [];
    const seen = new Set<string>();
    for (let url: string | undefined = this.addresses.v2 + path; url !== undefined; url = pages.at(-1)?.next) {
      if (seen.has(url)) throw new Error(`the next link leads to a page that was read before: ${url}`);
      seen.add(url);
      pages.push(readFeed(await this.send(url)));
    }
    return pages;
  }

  async v2Entry({ id, version }: PackageName): Promise<Entry> {
    return readEntry(await this.v2(`/Packages(Id='${id}',Version='${version}')`));
  }

  /** @throws Error unless the answer is a 200 with JSON. */
  async json<T>(url: string, headers: Readonly<Record<string, string>> = {}): Promise<T> {
    const answer = await this.send(url, { headers });
    if (answer.status !== 200) throw new Error(`${answer.status} ${answer.reason} for ${url}`);
    return JSON.parse(answer.text) as T;
  }

  /** @param url - default: the push URL with the slash that clients append. */
  write(
    method: 'PUT' | 'POST' | 'DELETE',
    options: ExchangeOptions = {},
    url = `${this.addresses.push}/`,
  ): Promise<Exchange> {
    return this.send(url, { method, ...options, headers: { 'x-nuget-apikey': this.key, ...options.headers } });
  }

  push(content: Buffer): Promise<Exchange> {
    return this.write('PUT', PUSH_FORM(content));
  }

  /** Builds and pushes; gives the bytes. @throws Error when it is refused. */
  async publish(options: PackageOptions): Promise<Buffer> {
    const content = buildPackage(options);
    const { status, reason, text } = await this.push(content);
    if (status < 200 || status > 299) {
      throw new Error(`${options.id ?? ''} ${options.version ?? ''} is refused: ${status} ${reason} ${text}`);
    }
    return content;
  }

  remove({ id, version }: PackageName): Promise<Exchange> {
    return this.write('DELETE', {}, `${this.addresses.push}/${id}/${version}`);
  }

  relist({ id, version }: PackageName): Promise<Exchange> {
    return this.write('POST', {}, `${this.addresses.push}/${id}/${version}`);
  }

  close(): void {
    this.#agent.destroy();
  }
}
