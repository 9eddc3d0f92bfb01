/** One listening HTTP server: where it listens, and how it is closed without cutting what is under way. */
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo, Server as NetServer, Socket } from 'node:net';
import { ProblemError } from '@feedfleet/problems';
import type { HostLimits, HostOptions, ListenAddress } from './host-options.ts';

/** How often connections that became idle are closed during a drain, in milliseconds. */
const IDLE_SWEEP_MS = 50;
/**
 * How long a drain waits for the first request of a connection, in milliseconds: one that was just made has it on its way. Node
 * calls a connection idle only after its first request, so that one without any would last for the whole drain.
 */
export const FIRST_REQUEST_MS = 100;
/** How often heads that do not end are looked for, in milliseconds: so much later than their limit they are cut at most. */
export const HEADS_CHECKED_EVERY_MS = 1_000;

/** What the host needs of a listener, with or without TLS. */
export interface OpenListener {
  /** Without a trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Stops accepting and waits for the requests under way; what is left after `waitMs` is cut. */
  close(waitMs: number): Promise<void>;
}

type ListenerOptions = HostLimits & Pick<HostOptions, 'skipsEmptyBodies'>;

export class Listener implements OpenListener {
  readonly server: Server;
  readonly url: string;
  readonly port: number;
  /** Connections that have not sent a whole head of a request yet. */
  readonly #unused: Set<Socket>;

  private constructor(server: Server, host: string, unused: Set<Socket>) {
    this.server = server;
    this.#unused = unused;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://${urlHost(host)}:${this.port}`;
  }

  /** @throws {ProblemError} `FF_PORT_TAKEN`, or `FF_INVALID_SETTINGS` for an address that this machine does not have. */
  static async open(address: ListenAddress, limits: ListenerOptions, onRequest: RequestListener): Promise<Listener> {
    const unused = new Set<Socket>();
    const server = createServer(
      {
        maxHeaderSize: limits.maxHeaderBytes ?? 16_384,
        requestTimeout: limits.receiveTimeoutMs ?? 0,
        headersTimeout: limits.headersTimeoutMs ?? 15_000,
        keepAliveTimeout: limits.keepAliveTimeoutMs ?? 72_000,
        connectionsCheckingInterval: HEADS_CHECKED_EVERY_MS,
        noDelay: true,
        optimizeEmptyRequests: limits.skipsEmptyBodies ?? false,
      },
      (request, response) => {
        unused.delete(request.socket);
        onRequest(request, response);
      },
    );
    server.on('connection', (socket: Socket) => {
      unused.add(socket);
      socket.once('close', () => unused.delete(socket));
    });
    server.maxConnections = limits.maxConnections ?? 10_000;
    await listen(server, address);
    return new Listener(server, address.host, unused);
  }

  async close(waitMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const sweep = setInterval(() => this.server.closeIdleConnections(), IDLE_SWEEP_MS);
    const cut = setTimeout(() => this.server.closeAllConnections(), waitMs);
    const cutUnused = setTimeout(() => this.#cutUnused(), FIRST_REQUEST_MS);
    this.server.closeIdleConnections();
    await closed;
    clearInterval(sweep);
    clearTimeout(cutUnused);
    clearTimeout(cut);
  }

  #cutUnused(): void {
    for (const socket of this.#unused) socket.destroy();
  }
}

export function listen(server: NetServer, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(listenProblem(error, `${host}:${port}`));
    server.once('error', fail);
    server.listen(port, host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

function listenProblem(cause: NodeJS.ErrnoException, where: string): ProblemError {
  const code = cause.code ?? 'error';
  switch (code) {
    case 'EADDRINUSE':
      return new ProblemError('portTaken', { detail: `${where} is in use`, cause });
    case 'EACCES':
      return new ProblemError('portTaken', { detail: `${where} is reserved for privileged processes`, cause });
    default:
      return new ProblemError('invalidSettings', {
        detail: `listenHost: expected an address of this machine, got ${where} (${code})`,
        cause,
      });
  }
}

/** A listener on every address is reached on the loopback one. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
