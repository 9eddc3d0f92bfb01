/** A feed as a client sees it: every kind of URL that a family has for a package, and the writes. */
import { Agent } from 'node:http';

import { exchange } from './exchange.ts';
import type { Exchange, ExchangeOptions } from './exchange.ts';

export type ReadFamily = 'default' | 'v2' | 'v3';

export const READ_FAMILIES: readonly ReadFamily[] = ['default', 'v2', 'v3'];

/** The roots of v2: read without a credential on private feeds too, for clients that take a 401 for the end. */
export const OPEN_PATHS: readonly string[] = ['', '/api/v2'];

export interface PackageName {
  readonly id: string;
  readonly version: string;
}

const odata = (mount: string, { id, version }: PackageName): readonly string[] =>
  [
    '',
    '/$metadata',
    `/Packages(Id='${id}',Version='${version}')`,
    `/Packages()?$filter=Id%20eq%20'${id}'`,
    `/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`,
    `/Search()?searchTerm='${id}'&includePrerelease=true`,
    `/Search()/$count?searchTerm='${id}'`,
    `/GetUpdates()?packageIds='${id}'&versions='0.0.1'&includePrerelease=true&includeAllVersions=false`,
    `/package-ids?partialId=${id}`,
    `/package-versions/${id}`,
    `/package/${id}/${version}`,
  ].map((path) => mount + path);

function json({ id, version }: PackageName): readonly string[] {
  const lower = id.toLowerCase();
  const hives = ['plain', 'gzip', 'semver2'].flatMap((hive) => [
    `/registration/${hive}/${lower}/index.json`,
    `/registration/${hive}/${lower}/page/${version}/${version}.json`,
    `/registration/${hive}/${lower}/${version}.json`,
  ]);
  return [
    '/index.json',
    `/query?q=${id}&prerelease=true&semVerLevel=2.0.0`,
    `/autocomplete?q=${id}`,
    `/autocomplete?id=${id}`,
    `/flat/${lower}/index.json`,
    `/flat/${lower}/${version}/${lower}.${version}.nupkg`,
    `/flat/${lower}/${version}/${lower}.nuspec`,
    `/packages/${lower}`,
    `/packages/${lower}/${version}`,
    '/catalog/index.json',
    '/catalog/page0.json',
    '/changes.atom',
    '/changes.rss',
    ...hives,
  ].map((path) => `/api/v3${path}`);
}

/** Every document that a family has about a package in a version, and its file; relative to the feed. */
export function pathsOf(family: ReadFamily, name: PackageName): readonly string[] {
  if (family === 'v3') return json(name);
  return odata(family === 'v2' ? '/api/v2' : '', name);
}

/** Where a family serves the file of a package; relative to the feed. */
export function downloadPath(family: ReadFamily, { id, version }: PackageName): string {
  const lower = id.toLowerCase();
  if (family === 'v3') return `/api/v3/flat/${lower}/${version}/${lower}.${version}.nupkg`;
  return `${family === 'v2' ? '/api/v2' : ''}/package/${id}/${version}`;
}

export class FeedClient {
  readonly url: string;
  readonly #key: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 });

  /**
   * @param url - of the feed, without a slash at the end.
   * @param key - sent with every request unless it is empty.
   */
  constructor(url: string, key = '') {
    this.url = url;
    this.#key = key;
  }

  send(path: string, options: ExchangeOptions = {}): Promise<Exchange> {
    const key = this.#key === '' ? {} : { 'x-nuget-apikey': this.#key };
    return exchange(this.url + path, { agent: this.#agent, ...options, headers: { ...key, ...options.headers } });
  }

  push(content: ExchangeOptions['body'], headers: ExchangeOptions['headers'] = {}): Promise<Exchange> {
    const body = content === undefined ? {} : { body: content };
    return this.send('/api/v2/package/', {
      method: 'PUT',
      headers: { 'content-type': 'application/octet-stream', ...headers },
      ...body,
    });
  }

  /** Unlists or deletes, by the feed's setting. */
  remove({ id, version }: PackageName): Promise<Exchange> {
    return this.send(`/api/v2/package/${id}/${version}`, { method: 'DELETE' });
  }

  relist({ id, version }: PackageName): Promise<Exchange> {
    return this.send(`/api/v2/package/${id}/${version}`, { method: 'POST' });
  }

  /** Lets go of the connections that are kept, for example to a process that was killed. */
  disconnect(): void {
    this.#agent.destroy();
  }
}
