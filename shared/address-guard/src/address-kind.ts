/**
 * What an address is for. Sources may lead to global addresses; the rest reaches into the network that the fleet stands in.
 * The ranges of documentation and of benchmarks are nowhere on the public network, and some networks use them inside.
 *
 * Source: IANA, "IPv4 Special-Purpose Address Registry" and "IPv6 Special-Purpose Address Registry"; IPv6 beyond 2000::/3 is not
 * assigned. Metadata addresses by the documentation of AWS, Azure, Google Cloud, Oracle and Alibaba.
 */
import { isInRange, parseIpAddress } from './ip-address.ts';
import type { IpAddress } from './ip-address.ts';

export type AddressKind =
  | 'global'
  | 'loopback'
  | 'private'
  | 'linkLocal'
  /** Where a cloud tells a machine its credentials. */
  | 'metadata'
  | 'multicast'
  | 'reserved';

type Range = readonly [address: IpAddress, prefixBits: number, kind: AddressKind];

/** The first range that fits decides. */
const ranges: readonly Range[] = [
  range('169.254.169.254/32', 'metadata'), // AWS, Azure, Google Cloud, Oracle, DigitalOcean
  range('169.254.170.0/24', 'metadata'), // AWS: credentials of tasks and pods
  range('100.100.100.200/32', 'metadata'), // Alibaba
  range('168.63.129.16/32', 'metadata'), // Azure WireServer
  range('192.0.0.192/32', 'metadata'), // Oracle Classic
  range('fd00:ec2::/32', 'metadata'), // AWS
  range('fd20:ce::254/128', 'metadata'), // Google Cloud
  range('0.0.0.0/8', 'reserved'), // of which Linux takes 0.0.0.0 for loopback
  range('127.0.0.0/8', 'loopback'),
  range('10.0.0.0/8', 'private'),
  range('172.16.0.0/12', 'private'),
  range('192.168.0.0/16', 'private'),
  range('100.64.0.0/10', 'private'), // carrier-grade NAT
  range('198.18.0.0/15', 'private'), // benchmarks
  range('169.254.0.0/16', 'linkLocal'),
  range('192.0.0.0/24', 'reserved'),
  range('192.0.2.0/24', 'private'), // documentation
  range('192.88.99.0/24', 'reserved'), // 6to4 relays
  range('198.51.100.0/24', 'private'), // documentation
  range('203.0.113.0/24', 'private'), // documentation
  range('224.0.0.0/4', 'multicast'),
  range('240.0.0.0/4', 'reserved'),
  range('0.0.0.0/0', 'global'),
  range('::1/128', 'loopback'),
  range('fc00::/7', 'private'), // unique local
  range('fec0::/10', 'private'), // site-local
  range('fe80::/10', 'linkLocal'),
  range('ff00::/8', 'multicast'),
  range('2001::/23', 'reserved'), // protocol assignments, Teredo among them
  range('2001:db8::/32', 'private'), // documentation
  range('3fff::/20', 'private'), // documentation
  range('2000::/3', 'global'),
  range('::/0', 'reserved'), // unspecified, discard, local NAT64 and what is not assigned
];

/** Of what is no IP address: `reserved`. */
export function addressKind(text: string): AddressKind {
  const address = parseIpAddress(text);
  if (address === undefined) return 'reserved';
  return ranges.find(([base, prefixBits]) => isInRange(address, base, prefixBits))?.[2] ?? 'reserved';
}

function range(cidr: string, kind: AddressKind): Range {
  const [text = '', prefixBits] = cidr.split('/');
  const address = parseIpAddress(text);
  if (address === undefined) throw new Error(`not an address: ${cidr}`);
  return [address, Number(prefixBits), kind];
}
