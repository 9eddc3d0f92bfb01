import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { ClientConnections } from './client-connections.ts';

class FakeSocket extends EventEmitter {
  readonly remoteAddress: string;
  isCut = false;

  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }

  destroy(): void {
    this.isCut = true;
  }
}

function connections(limit: number) {
  let refused = 0;
  const clients = new ClientConnections({
    limit,
    isExempt: (address) => address === '10.0.0.1',
    refused: () => (refused += 1),
  });
  const open = (address: string): FakeSocket => {
    const socket = new FakeSocket(address);
    clients.take(socket as unknown as Socket);
    return socket;
  };
  return { open, refused: () => refused };
}

describe('the connections of one client', () => {
  it('are closed beyond the limit, and counted down when they end', () => {
    const { open, refused } = connections(2);
    const first = open('192.0.2.1');
    open('::ffff:192.0.2.1');
    expect(open('192.0.2.1').isCut).toBe(true);
    expect(open('192.0.2.2').isCut).toBe(false);
    expect(refused()).toBe(1);
    first.emit('close');
    expect(open('192.0.2.1').isCut).toBe(false);
  });

  it.each([
    ['2001:db8:0:1::1', '2001:db8:0:1:ffff::2', true],
    ['2001:db8:0:1::1', '2001:db8:0:2::1', false],
    ['2001:db8::1', '2001:db8:0:0:5::1', true],
  ])('of IPv6 are those of its network: %s and %s', (one, other, isSame) => {
    const { open } = connections(1);
    open(one);
    expect(open(other).isCut).toBe(isSame);
  });

  it('have no limit where an address stands for many clients', () => {
    const { open } = connections(1);
    expect([open('10.0.0.1'), open('10.0.0.1'), open('10.0.0.1')].some(({ isCut }) => isCut)).toBe(false);
  });
});
