import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { addressKind } from './address-kind.ts';

/** As a source's URL would be read. */
const kindOfHost = (host: string): string => addressKind(new URL(`http://${host}/`).hostname);

describe('the kind of an address', () => {
  it.each([
    ['8.8.8.8', 'global'],
    ['100.63.255.255', 'global'],
    ['172.32.0.0', 'global'],
    ['2606:4700::1111', 'global'],
    ['203.0.114.0', 'global'],
    ['2001:db9::1', 'global'],
    ['3fff:1000::1', 'global'],
    ['127.0.0.1', 'loopback'],
    ['127.255.255.255', 'loopback'],
    ['::1', 'loopback'],
    ['10.0.0.1', 'private'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['198.19.0.1', 'private'],
    ['192.0.2.1', 'private'],
    ['198.51.100.255', 'private'],
    ['203.0.113.7', 'private'],
    ['2001:db8::1', 'private'],
    ['3fff:fff::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['fc00::1', 'private'],
    ['fec0::1', 'private'],
    ['169.254.1.1', 'linkLocal'],
    ['fe80::1', 'linkLocal'],
    ['fe80::1%eth0', 'linkLocal'],
    ['169.254.169.254', 'metadata'],
    ['169.254.170.2', 'metadata'],
    ['100.100.100.200', 'metadata'],
    ['168.63.129.16', 'metadata'],
    ['fd00:ec2::254', 'metadata'],
    ['fd20:ce::254', 'metadata'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['0.0.0.0', 'reserved'],
    ['0.1.2.3', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['::', 'reserved'],
    ['100::1', 'reserved'],
    ['64:ff9b:1::7f00:1', 'reserved'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'reserved'],
    ['packages.example', 'reserved'],
    ['', 'reserved'],
  ])('%s: %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  });

  it('is that of the IPv4 address which an IPv6 one stands for', () => {
    const address = fc.ipV4().map((text) => text.split('.').map(Number));
    const forms = (a = 0, b = 0, c = 0, d = 0): readonly string[] => {
      const [high, low] = [((a << 8) | b).toString(16), ((c << 8) | d).toString(16)];
      return [
        `::ffff:${a}.${b}.${c}.${d}`,
        `::ffff:${high}:${low}`,
        `0:0:0:0:ffff:0:${high}:${low}`,
        `64:ff9b::${a}.${b}.${c}.${d}`,
        `2002:${high}:${low}::1`,
        `2606:4700::5efe:${high}:${low}`,
        `2606:4700::200:5efe:${high}:${low}`,
      ];
    };
    fc.assert(
      fc.property(address, (bytes) => {
        const expected = addressKind(bytes.join('.'));
        for (const form of forms(...bytes)) expect([form, addressKind(form)]).toEqual([form, expected]);
      }),
    );
    expect(addressKind('::7f00:1')).toBe('loopback');
  });

  it.each(['127.1', '0177.0.0.1', '0x7f.1', '2130706433', '017700000001', '0x7f000001', '127.0.0.1.', '１２７.0.0.1'])(
    'is found however the address is written: %s',
    (host) => {
      expect(kindOfHost(host)).toBe('loopback');
    },
  );

  it('is found for metadata addresses however they are written', () => {
    for (const host of ['0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '169.254.43518', '[::ffff:a9fe:a9fe]']) {
      expect([host, kindOfHost(host)]).toEqual([host, 'metadata']);
    }
  });
});
