/**
 * A TCP proxy that can be told, while it runs, to be slow, narrow, deaf or gone. It knows nothing of what passes through it.
 *
 * Source: the faults are those of Toxiproxy ("Toxics": latency, bandwidth, slow_close, timeout, reset_peer, limit_data).
 */
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

import { assertFault } from './network-fault.ts';
import type { NetworkFault } from './network-fault.ts';
import { OneWay } from './one-way.ts';

export interface FaultProxyOptions {
  /** Port of the server on this machine. */
  readonly targetPort: number;
  /** Default: a free one. Kept for the life of the proxy, also while it refuses connections. */
  readonly port?: number;
}

interface Relayed {
  readonly client: Socket;
  readonly server: Socket;
  readonly up: OneWay;
  readonly down: OneWay;
  /** Bytes of the answer. */
  downBytes: number;
}

export class FaultProxy {
  readonly #targetPort: number;
  readonly #listener: Server;
  readonly #relayed = new Set<Relayed>();
  #port: number;
  #fault: NetworkFault = { kind: 'none' };
  #accepted = 0;
  #isClosed = false;

  private constructor({ targetPort, port = 0 }: FaultProxyOptions) {
    this.#targetPort = targetPort;
    this.#port = port;
    // Each side says by itself when it is done.
    this.#listener = createServer({ allowHalfOpen: true }, (client) => this.#relay(client));
  }

  /** @example const proxy = await FaultProxy.open({ targetPort: 8080 }); await proxy.become({ kind: 'latency', latencyMs: 500 }); */
  static async open(options: FaultProxyOptions): Promise<FaultProxy> {
    const proxy = new FaultProxy(options);
    await proxy.#listen();
    return proxy;
  }

  get port(): number {
    return this.#port;
  }

  /** Connections so far. */
  get accepted(): number {
    return this.#accepted;
  }

  /** Connections now. */
  get open(): number {
    return this.#relayed.size;
  }

  /**
   * From now on, for connections that are there and for those that come.
   *
   * @throws {RangeError} for a figure that means nothing.
   * @throws {Error} once it is closed: it would listen again.
   */
  async become(fault: NetworkFault): Promise<void> {
    assertFault(fault);
    if (this.#isClosed) throw new Error('the proxy is closed');
    const wasGone = this.#fault.kind === 'halfOpen';
    this.#fault = fault;
    const breaksOff = fault.kind === 'refused' || fault.kind === 'reset' || wasGone;
    if (breaksOff) for (const each of this.#relayed) this.#reset(each);
    if (fault.kind === 'halfOpen') for (const { server } of this.#relayed) server.destroy();
    if (fault.kind === 'refused') await this.#stopListening();
    else await this.#listen();
    for (const { up, down } of this.#relayed) {
      up.wake();
      down.wake();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const each of this.#relayed) this.#reset(each);
    await this.#stopListening();
  }

  #relay(client: Socket): void {
    this.#accepted += 1;
    const server = connect({ port: this.#targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const fault = (): NetworkFault => this.#fault;
    const each: Relayed = {
      client,
      server,
      up: new OneWay({ from: client, to: server, fault, onPassed: () => undefined }),
      down: new OneWay({ from: server, to: client, fault, onPassed: (bytes) => this.#answered(each, bytes) }),
      downBytes: 0,
    };
    this.#relayed.add(each);
    client.on('error', () => this.#reset(each));
    client.once('close', () => this.#reset(each));
    server.on('error', () => this.#serverGone(each));
    server.once('close', () => this.#serverGone(each));
    if (this.#fault.kind === 'halfOpen') server.destroy();
    if (this.#fault.kind === 'reset' && this.#fault.afterBytes === 0) this.#reset(each);
  }

  #answered(each: Relayed, bytes: number): void {
    each.downBytes += bytes;
    if (this.#fault.kind === 'reset' && each.downBytes >= this.#fault.afterBytes) this.#reset(each);
  }

  /** Without a word while connections are half open; else as a whole, once what it sent has passed. */
  #serverGone(each: Relayed): void {
    if (this.#fault.kind === 'halfOpen') return;
    if (each.server.errored !== null) this.#reset(each);
  }

  #reset(each: Relayed): void {
    if (!this.#relayed.delete(each)) return;
    each.up.stop();
    each.down.stop();
    each.server.destroy();
    if (!each.client.destroyed) each.client.resetAndDestroy();
  }

  async #listen(): Promise<void> {
    if (this.#listener.listening) return;
    await new Promise<void>((resolve, reject) => {
      this.#listener.once('error', reject);
      this.#listener.listen(this.#port, '127.0.0.1', () => {
        this.#listener.off('error', reject);
        resolve();
      });
    });
    this.#port = (this.#listener.address() as AddressInfo).port;
  }

  async #stopListening(): Promise<void> {
    if (!this.#listener.listening) return;
    await new Promise((resolve) => this.#listener.close(resolve));
  }
}
