/**
 * The public gallery: a foreign v3 source that has every package that is asked for by a name of its own, in two versions. Its certificate
 * is that of the TLS front before it.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { Issuer } from '@feedfleet/test-certificates';

import { buildPackage } from '../../support/package-builder.ts';
import { TlsFront } from '../tls-front.ts';

export const GALLERY_VERSIONS = ['1.0.0', '1.1.0'] as const;
const NAME = String.raw`gallery\.[a-z]+\d+`;
const REGISTRATION = new RegExp(`^/registration/(${NAME})/index\\.json$`);
const VERSIONS = new RegExp(`^/content/(${NAME})/index\\.json$`);
const FILE = new RegExp(`^/content/(${NAME})/([^/]+)/[^/]+\\.nupkg$`);

export class Gallery {
  readonly front: TlsFront;
  readonly #server: Server;

  private constructor(server: Server, front: TlsFront) {
    this.#server = server;
    this.front = front;
  }

  static async open(authority: Issuer): Promise<Gallery> {
    const answer = { origin: '' };
    const server = createServer((request, response) => answerTo(request, response, answer.origin));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const front = await TlsFront.open({ authority, port: (server.address() as AddressInfo).port });
    answer.origin = front.url;
    return new Gallery(server, front);
  }

  /** Of the service index. */
  get url(): string {
    return `${this.front.url}/index.json`;
  }

  async close(): Promise<void> {
    await this.front.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** Source: NuGet server API, "Overview", "Package metadata", "Package content". */
function answerTo({ url = '' }: IncomingMessage, response: ServerResponse, origin: string): void {
  const document = documentAt(url, origin);
  if (document === undefined) {
    response.writeHead(404).end();
    return;
  }
  const isFile = Buffer.isBuffer(document);
  response.writeHead(200, { 'content-type': isFile ? 'application/octet-stream' : 'application/json' });
  response.end(isFile ? document : JSON.stringify(document));
}

function documentAt(path: string, origin: string): object | Buffer | undefined {
  if (path === '/index.json') {
    return {
      version: '3.0.0',
      resources: [
        { '@id': `${origin}/registration/`, '@type': 'RegistrationsBaseUrl/3.6.0' },
        { '@id': `${origin}/content/`, '@type': 'PackageBaseAddress/3.0.0' },
      ],
    };
  }
  const [, registered] = REGISTRATION.exec(path) ?? [];
  if (registered !== undefined) return registrationOf(registered, origin);
  if (VERSIONS.test(path)) return { versions: GALLERY_VERSIONS };
  const [, id, version] = FILE.exec(path) ?? [];
  return id === undefined || version === undefined ? undefined : buildPackage({ id, version });
}

function registrationOf(id: string, origin: string): object {
  const items = GALLERY_VERSIONS.map((version) => ({
    '@type': 'Package',
    catalogEntry: { '@type': 'PackageDetails', id, version, listed: true, authors: 'Ada', description: 'One.' },
    packageContent: `${origin}/content/${id}/${version}/${id}.${version}.nupkg`,
  }));
  return { count: 1, items: [{ '@id': `${origin}/page`, count: items.length, items }] };
}
