import { networkInterfaces } from 'node:os';

import { describe, expect, it } from '@jest/globals';

import { AddressGuard } from './address-guard.ts';
import type { AddressVerdict, OwnAddress } from './address-guard.ts';

const blocked = (verdict: AddressVerdict): string => (verdict.outcome === 'blocked' ? verdict.what : 'allowed');

describe('where a source may lead', () => {
  const guard = new AddressGuard(() => []);

  it('is the public network, without leave for more', () => {
    expect(blocked(guard.judgeAddress('8.8.8.8', 443, false))).toBe('allowed');
    expect(blocked(guard.judgeAddress('127.0.0.1', 443, false))).toBe('a loopback address');
    expect(blocked(guard.judgeAddress('10.1.2.3', 443, false))).toBe('a private address');
    expect(blocked(guard.judgeAddress('fe80::1', 443, false))).toBe('a link-local address');
    expect(blocked(guard.judgeAddress('203.0.113.1', 443, false))).toBe('a private address');
    expect(blocked(guard.judgeHost('[::ffff:7f00:1]', 443, false))).toBe('a loopback address');
  });

  it('is the private network too, with leave; never cloud metadata, multicast and what is reserved', () => {
    for (const address of [
      '127.0.0.1',
      '10.1.2.3',
      '192.168.0.1',
      'fd00::1',
      '169.254.7.7',
      '100.64.0.1',
      '203.0.113.1',
    ]) {
      expect([address, blocked(guard.judgeAddress(address, 443, true))]).toEqual([address, 'allowed']);
    }
    expect(blocked(guard.judgeAddress('169.254.169.254', 80, true))).toBe('a cloud metadata address');
    expect(blocked(guard.judgeAddress('64:ff9b::a9fe:a9fe', 80, true))).toBe('a cloud metadata address');
    expect(blocked(guard.judgeAddress('0.0.0.0', 80, true))).toBe('a reserved address');
    expect(blocked(guard.judgeAddress('ff02::1', 80, true))).toBe('a multicast address');
  });
});

describe('the own addresses of the fleet', () => {
  const guard = (...own: readonly OwnAddress[]): AddressGuard => new AddressGuard(() => own);
  const mine = 'an address of this fleet';

  it('are refused to every source, in every form, on their port only', () => {
    const one = guard({ host: '127.0.0.1', port: 5000 });
    expect(blocked(one.judgeAddress('127.0.0.1', 5000, true))).toBe(mine);
    expect(blocked(one.judgeAddress('::ffff:127.0.0.1', 5000, true))).toBe(mine);
    expect(blocked(one.judgeHost('127.0.0.1', 5000, true))).toBe(mine);
    expect(blocked(one.judgeAddress('127.0.0.1', 5001, true))).toBe('allowed');
  });

  it('are names, whatever the letters and the last dot', () => {
    const one = guard({ host: 'Packages.Example', port: 443 });
    expect(blocked(one.judgeHost('packages.example.', 443, false))).toBe(mine);
    expect(blocked(one.judgeHost('packages.example', 8443, false))).toBe('allowed');
    expect(blocked(one.judgeHost('other.example', 443, false))).toBe('allowed');
  });

  it('are all of this machine where the fleet listens on all', () => {
    const outside = Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []);
    for (const host of ['0.0.0.0', '::']) {
      for (const address of ['127.0.0.1', '127.9.9.9', '::1', ...outside]) {
        const verdict = guard({ host, port: 5000 }).judgeAddress(address, 5000, true);
        expect([address, verdict.outcome]).toEqual([address, 'blocked']);
      }
      expect(blocked(guard({ host, port: 5000 }).judgeAddress('203.0.114.1', 5000, true))).toBe('allowed');
    }
  });

  it('are the loopback for localhost', () => {
    expect(blocked(guard({ host: 'localhost', port: 5000 }).judgeAddress('::1', 5000, true))).toBe(mine);
  });
});
