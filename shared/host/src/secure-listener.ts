/**
 * A listening server for HTTPS: HTTP/2 for clients that know it, HTTP/1.1 for the others, certificates by the name that the client
 * asks for.
 *
 * Loaded only where there is one, for the memory that TLS and HTTP/2 take.
 *
 * Source: RFC 9113, sections 5.1.2 and 6.8; Node.js, "HTTP/2", "Compatibility API".
 */
import type { RequestListener, Server } from 'node:http';
import { createSecureServer } from 'node:http2';
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { HostLimits, SecureListen } from './host-options.ts';
import { StreamRequest, StreamResponse } from './http2-messages.ts';
import { FIRST_REQUEST_MS, HEADS_CHECKED_EVERY_MS, listen, urlHost } from './listener.ts';
import type { OpenListener } from './listener.ts';
import { TLS_POLICY } from './tls-policy.ts';

/** Requests that one connection may have under way. */
const MAX_STREAMS = 100;
/** What a stream may send ahead of being read, and a whole connection, in bytes: a push must not wait for each 64 KB. */
const STREAM_WINDOW_BYTES = 1024 * 1024;
const SESSION_WINDOW_BYTES = 8 * 1024 * 1024;
const IDLE_SWEEP_MS = 50;

/** Node's types leave out what the server has of an HTTP/1.1 one. */
type SecureServer = Http2SecureServer & Pick<Server, 'closeIdleConnections'>;

export class SecureListener implements OpenListener {
  readonly server: SecureServer;
  readonly url: string;
  readonly port: number;
  readonly #sessions = new Map<ServerHttp2Session, number>();
  /** Below TLS: those of handshakes under way are among them. */
  readonly #sockets = new Set<Socket>();
  /** Handshakes under way, by the other end. */
  readonly #handshakes = new Map<string, Socket>();
  /** Connections of HTTP/1.1 that have not sent a whole head of a request yet. */
  readonly #unused = new Set<Socket>();

  private constructor(server: SecureServer, host: string) {
    this.server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `https://${urlHost(host)}:${this.port}`;
  }

  /** @throws {ProblemError} `FF_PORT_TAKEN`, or `FF_INVALID_SETTINGS` for an address that this machine does not have. */
  static async open(
    { certificates, ...address }: SecureListen,
    limits: HostLimits,
    onRequest: RequestListener,
  ): Promise<SecureListener> {
    const server = createSecureServer(serverOptions(certificates, limits)) as unknown as SecureServer;
    const policy = { ...TLS_POLICY };
    certificates.subscribe(() => server.setSecureContext({ ...policy, ...certificates.fallback }));
    server.maxConnections = limits.maxConnections ?? 10_000;
    const keepAliveMs = limits.keepAliveTimeoutMs ?? 72_000;
    Object.assign(server, {
      headersTimeout: limits.headersTimeoutMs ?? 15_000,
      requestTimeout: limits.receiveTimeoutMs ?? 0,
      keepAliveTimeout: keepAliveMs,
    });
    await listen(server, address);
    const listener = new SecureListener(server, address.host);
    listener.#serve(onRequest, keepAliveMs);
    return listener;
  }

  async close(waitMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    // Each is told that no new streams are taken, and ends with its last one.
    for (const session of this.#sessions.keys()) session.close();
    const sweep = setInterval(() => this.server.closeIdleConnections(), IDLE_SWEEP_MS);
    const cut = setTimeout(() => this.#cut(), waitMs);
    const cutUnused = setTimeout(() => this.#cutUnused(), FIRST_REQUEST_MS);
    this.server.closeIdleConnections();
    await closed;
    clearInterval(sweep);
    clearTimeout(cutUnused);
    clearTimeout(cut);
  }

  #serve(onRequest: RequestListener, keepAliveMs: number): void {
    const { server } = this;
    server.on('session', (session) => this.#keep(session, keepAliveMs));
    server.on('connection', (socket: Socket) => this.#begin(socket));
    server.on('secureConnection', (socket: TLSSocket) => this.#shakenHands(socket));
    // A handshake that fails has nobody to be told of it, and a broken connection ends its own requests.
    server.on('tlsClientError', (_error: Error, socket: Socket) => socket.destroy());
    server.on('sessionError', () => undefined);
    const take = onRequest as (request: unknown, response: unknown) => void;
    server.on('request', (request, response) => {
      if (request instanceof StreamRequest) this.#count(request);
      else this.#unused.delete(request.socket);
      take(request, response);
    });
  }

  #begin(socket: Socket): void {
    const peer = peerOf(socket);
    this.#sockets.add(socket);
    this.#handshakes.set(peer, socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#handshakes.get(peer) === socket) this.#handshakes.delete(peer);
    });
  }

  #shakenHands(socket: TLSSocket): void {
    this.#handshakes.delete(peerOf(socket));
    // A session of HTTP/2 is told of a drain, and ends where it has no streams.
    if (socket.alpnProtocol === 'h2') return;
    this.#unused.add(socket);
    socket.once('close', () => this.#unused.delete(socket));
  }

  #keep(session: ServerHttp2Session, keepAliveMs: number): void {
    this.#sessions.set(session, 0);
    session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    session.once('close', () => this.#sessions.delete(session));
    session.on('error', () => undefined);
    session.setTimeout(keepAliveMs, () => {
      if (this.#sessions.get(session) === 0) session.close();
    });
  }

  #count({ stream }: StreamRequest): void {
    const { session } = stream;
    if (session === undefined || !this.#sessions.has(session as ServerHttp2Session)) return;
    const own = session as ServerHttp2Session;
    this.#sessions.set(own, (this.#sessions.get(own) ?? 0) + 1);
    stream.once('close', () => {
      const count = this.#sessions.get(own);
      if (count !== undefined) this.#sessions.set(own, count - 1);
    });
  }

  #cutUnused(): void {
    for (const socket of [...this.#handshakes.values(), ...this.#unused]) socket.destroy();
  }

  #cut(): void {
    for (const session of this.#sessions.keys()) session.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function peerOf({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

function serverOptions({ fallback, contextFor }: SecureListen['certificates'], limits: HostLimits) {
  const maxHeaderBytes = limits.maxHeaderBytes ?? 16_384;
  return {
    ...TLS_POLICY,
    ...fallback,
    SNICallback: (name: string, done: (error: Error | null, context?: ReturnType<typeof contextFor>) => void) =>
      done(null, contextFor(name)),
    handshakeTimeout: limits.headersTimeoutMs ?? 15_000,
    connectionsCheckingInterval: HEADS_CHECKED_EVERY_MS,
    allowHTTP1: true,
    maxHeaderSize: maxHeaderBytes,
    settings: {
      maxConcurrentStreams: MAX_STREAMS,
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxHeaderListSize: maxHeaderBytes,
      enablePush: false,
    },
    Http2ServerRequest: StreamRequest,
    Http2ServerResponse: StreamResponse,
  } as const;
}
