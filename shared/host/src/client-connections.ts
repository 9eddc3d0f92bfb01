/** How many connections one client may have at a time; further ones are closed at once. */
import type { Socket } from 'node:net';

export interface ClientConnectionsOptions {
  readonly limit: number;
  /** Addresses that stand for many clients, such as proxies. */
  readonly isExempt: (address: string) => boolean;
  /** Told of each that is closed. */
  readonly refused: () => void;
}

/** Clients of IPv6 have a whole network of 64 bits to themselves, so that is what counts as one. */
export class ClientConnections {
  readonly #options: ClientConnectionsOptions;
  readonly #counts = new Map<string, number>();

  constructor(options: ClientConnectionsOptions) {
    this.#options = options;
  }

  /** For the event `connection` of every listener. */
  readonly take = (socket: Socket): void => {
    const { limit, isExempt, refused } = this.#options;
    const address = plainAddress(socket.remoteAddress ?? '');
    if (address === '' || isExempt(address)) return;
    const client = clientOf(address);
    const count = this.#counts.get(client) ?? 0;
    if (count >= limit) {
      refused();
      socket.destroy();
      return;
    }
    this.#counts.set(client, count + 1);
    socket.once('close', () => this.#gone(client));
  };

  #gone(client: string): void {
    const left = (this.#counts.get(client) ?? 1) - 1;
    if (left > 0) this.#counts.set(client, left);
    else this.#counts.delete(client);
  }
}

/** An IPv4 address on a socket of both kinds is written as `::ffff:192.0.2.1`. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** The first four groups of an IPv6 address; an IPv4 address as it is. */
function clientOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = Math.max(0, 8 - groups.length - behind.length);
  const all = tail === undefined ? groups : [...groups, ...Array.from({ length: missing }, () => '0'), ...behind];
  return all.slice(0, 4).join(':');
}
