/**
 * TLS in front of a server on this machine, whose certificate can be another one from now on: one that expires in a moment, or a renewed
 * one. Bytes are passed on as they are.
 */
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Server } from 'node:tls';

import { makeCertificate } from '@feedfleet/test-certificates';
import type { Issuer } from '@feedfleet/test-certificates';

export interface TlsFrontOptions {
  readonly authority: Issuer;
  /** Of the server behind it. */
  readonly port: number;
}

const DAY_MS = 86_400_000;
const HOST = '127.0.0.1';

/** The nearest: certificates hold from one whole second to another. */
const wholeSecond = (ms: number): Date => new Date(Math.round(ms / 1000) * 1000);

export class TlsFront {
  readonly #authority: Issuer;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  private constructor({ authority, port }: TlsFrontOptions) {
    this.#authority = authority;
    this.#server = createServer(this.#contextUntil(Date.now() + DAY_MS), (socket) => {
      const behind = connect(port, HOST);
      for (const [one, other] of [
        [socket, behind],
        [behind, socket],
      ] as const) {
        this.#keep(one);
        one.on('error', () => other.destroy());
        one.on('close', () => other.destroy());
        one.pipe(other);
      }
    });
    this.#server.on('connection', (socket: Socket) => {
      this.#connections += 1;
      this.#keep(socket);
      socket.on('error', () => undefined);
    });
    // A client that takes no bad certificate ends before there is a connection.
    this.#server.on('tlsClientError', () => undefined);
  }

  static async open(options: TlsFrontOptions): Promise<TlsFront> {
    const front = new TlsFront(options);
    await new Promise<void>((resolve) => front.#server.listen(0, HOST, resolve));
    return front;
  }

  /** Without a slash at the end. */
  get url(): string {
    return `https://${HOST}:${this.port}`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** How often somebody connected. */
  get connections(): number {
    return this.#connections;
  }

  /** From now on, for new connections. @param expiresAt - milliseconds since the epoch, to the nearest second. */
  showUntil(expiresAt: number): void {
    this.#server.setSecureContext(this.#contextUntil(expiresAt));
  }

  /** For a day, as after a renewal. */
  renew(): void {
    this.showUntil(Date.now() + DAY_MS);
  }

  /** Ends what was connected before, as servers do with connections sooner or later. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #contextUntil(expiresAt: number): { readonly cert: string; readonly key: string } {
    const { certificate, key } = makeCertificate({
      ...{ commonName: 'storage.example', addresses: [HOST], issuer: this.#authority },
      ...{ notBefore: wholeSecond(Date.now() - DAY_MS), notAfter: wholeSecond(expiresAt) },
    });
    return { cert: certificate, key };
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
