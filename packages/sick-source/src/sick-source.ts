/**
 * A foreign v3 source with one package, on a real socket, that falls sick and gets well again when it is told, always on the same port. With
 * certificates it speaks TLS, and may show a bad one.
 */
import { createServer as createHttpServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer, Server as TlsServer } from 'node:tls';

import { samplePackage } from '@feedfleet/sample-package';

/** By what a source does with a connection. */
type Behaviour = 'blackHole' | 'slowDrip' | 'failing' | 'garbage' | 'endless';
/** By the certificate that it shows. */
type Shown = 'expired' | 'untrusted';
export type Health = 'well' | 'refused' | Behaviour | Shown;

interface ServerCertificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}
export type ServerCertificates = Readonly<Record<'well' | Shown, ServerCertificate>>;

/** What the source has. */
export interface OnlyPackage {
  readonly id: string;
  readonly version: string;
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const DRIP_MS = 40;
const CHUNK = Buffer.alloc(65_536, ' ');

/** What is done with a connection in each sickness; nothing is read of it. */
const SICKNESSES: Readonly<Record<Behaviour, (socket: Socket) => void>> = {
  blackHole: () => undefined,
  slowDrip: (socket) => {
    socket.write(`${HEAD}\r\n{`);
    const timer = setInterval(() => socket.write(' '), DRIP_MS);
    socket.once('close', () => {
      clearInterval(timer);
    });
  },
  failing: (socket) => {
    // Answers what was asked: an answer to a connection that asked nothing yet is no answer.
    socket.on('data', () => socket.write('HTTP/1.1 500 Internal Server Error\r\ncontent-length: 4\r\n\r\noops'));
  },
  garbage: (socket) => {
    socket.on('data', () => socket.end(`${HEAD}content-length: 24\r\n\r\n\u0000{"resources": <html>]]>}`));
  },
  endless: (socket) => {
    socket.write(`${HEAD}\r\n[`);
    // In turns: who else lives in this process is not held up.
    const fill = (): void => {
      if (!socket.destroyed && socket.write(CHUNK)) setImmediate(fill);
    };
    socket.on('drain', fill);
    fill();
  },
};

export class SickSource {
  readonly #package: OnlyPackage;
  readonly #certificates: ServerCertificates | undefined;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #health: Health = 'well';
  #port = 0;
  #shownPort: number | undefined;

  private constructor(only: OnlyPackage, certificates: ServerCertificates | undefined) {
    this.#package = only;
    this.#certificates = certificates;
    const http = createHttpServer((request, response) => {
      this.#answer(request, response);
    });
    const serve = (socket: Socket): void => {
      this.#keep(socket);
      if (isBehaviour(this.#health)) SICKNESSES[this.#health](socket);
      else if (this.#health !== 'refused') http.emit('connection', socket);
    };
    this.#server =
      certificates === undefined ? createServer(serve) : createTlsServer(contextOf(certificates.well), serve);
    if (certificates !== undefined) this.#server.on('connection', (socket: Socket) => this.#keep(socket));
  }

  /** @param certificates - to speak TLS. */
  static async open(only: OnlyPackage, certificates?: ServerCertificates): Promise<SickSource> {
    const source = new SickSource(only, certificates);
    await source.#listen();
    return source;
  }

  /** Of its service index. */
  get url(): string {
    return `${this.#origin}/index.json`;
  }

  /** Its URLs name this port, of a proxy before it, from now on. */
  appearAt(port: number): void {
    this.#shownPort = port;
  }

  /** From now on, also on connections that are kept: those are cut. */
  async become(health: Health): Promise<void> {
    const wasListening = this.#server.listening;
    this.#health = health;
    this.#show(health === 'expired' || health === 'untrusted' ? health : 'well');
    if (health === 'refused' && wasListening) await this.#close();
    else for (const socket of this.#sockets) socket.destroy();
    if (health !== 'refused' && !wasListening) await this.#listen();
  }

  async close(): Promise<void> {
    if (this.#server.listening) await this.#close();
  }

  get #origin(): string {
    return `${this.#certificates === undefined ? 'http' : 'https'}://127.0.0.1:${this.#shownPort ?? this.#port}`;
  }

  #show(which: keyof ServerCertificates): void {
    if (this.#certificates !== undefined && this.#server instanceof TlsServer)
      this.#server.setSecureContext(contextOf(this.#certificates[which]));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  async #listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(this.#port, '127.0.0.1', resolve);
    });
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  #close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
  }

  /** Source: NuGet server API, "Overview", "Package metadata", "Package content". */
  #answer(request: IncomingMessage, response: ServerResponse): void {
    const { id, version } = this.#package;
    const lower = id.toLowerCase();
    const origin = this.#origin;
    const packageContent = `${origin}/content/${lower}/${version}/${lower}.${version}.nupkg`;
    const catalogEntry = { '@type': 'PackageDetails', id, version, listed: true, authors: 'Ada', description: 'One.' };
    const leaf = { '@type': 'Package', catalogEntry, packageContent };
    const documents: Readonly<Record<string, object | Buffer>> = {
      '/index.json': {
        version: '3.0.0',
        resources: [
          { '@id': `${origin}/registration/`, '@type': 'RegistrationsBaseUrl/3.6.0' },
          { '@id': `${origin}/content/`, '@type': 'PackageBaseAddress/3.0.0' },
        ],
      },
      [`/registration/${lower}/index.json`]: {
        count: 1,
        items: [{ '@id': `${origin}/page`, count: 1, items: [leaf] }],
      },
      [`/content/${lower}/index.json`]: { versions: [version] },
      [packageContent.slice(origin.length)]: samplePackage({ id, version }),
    };
    const document = documents[request.url ?? ''];
    if (document === undefined) {
      response.writeHead(404).end();
      return;
    }
    const isFile = Buffer.isBuffer(document);
    response.writeHead(200, { 'content-type': isFile ? 'application/octet-stream' : 'application/json' });
    response.end(isFile ? document : JSON.stringify(document));
  }
}

function contextOf({ certificate, key }: ServerCertificate): { readonly cert: string; readonly key: string } {
  return { cert: certificate, key };
}

function isBehaviour(health: Health): health is Behaviour {
  return health in SICKNESSES;
}
