/**
 * IP addresses as numbers, in one form each: IPv6 forms that stand for an IPv4 address become that address.
 *
 * Source: RFC 4291, sections 2.2 and 2.5.5; RFC 6052 (NAT64); RFC 3056 (6to4).
 */
import { isIP } from 'node:net';

/** `value` has 32 or 128 bits. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** IPv6 prefixes behind which an IPv4 address is reached, and by how many bits that lies from the right. */
const embeddings: readonly { readonly prefix: bigint; readonly bits: bigint; readonly shift: bigint }[] = [
  { prefix: 0xffffn, bits: 96n, shift: 0n }, // ::ffff:0:0/96, IPv4-mapped
  { prefix: 0xffff0000n, bits: 96n, shift: 0n }, // ::ffff:0:0:0/96, IPv4-translated
  { prefix: 0x64ff9b_00000000_00000000n, bits: 96n, shift: 0n }, // 64:ff9b::/96, NAT64
  { prefix: 0x2002n, bits: 16n, shift: 80n }, // 2002::/16, 6to4
];

/**
 * Reads what a resolver, a socket or a normalised URL says; the many spellings that people use are for the URL parser.
 *
 * @param text - with or without brackets and zone.
 * @returns undefined for a name.
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  const bare = text.replace(/^\[(.*)\]$/, '$1').replace(/%.*$/, '');
  const family = isIP(bare);
  if (family === 4) return { family, value: ipv4Value(bare) };
  return family === 6 ? unwrapped(ipv6Value(bare)) : undefined;
}

export function isInRange(address: IpAddress, base: IpAddress, prefixBits: number): boolean {
  if (address.family !== base.family) return false;
  const shift = BigInt((base.family === 4 ? 32 : 128) - prefixBits);
  return address.value >> shift === base.value >> shift;
}

function unwrapped(value: bigint): IpAddress {
  const found = embeddings.find(({ prefix, bits }) => value >> (128n - bits) === prefix);
  if (found !== undefined) return { family: 4, value: (value >> found.shift) & 0xffff_ffffn };
  // ::a.b.c.d, which was once IPv4-compatible; :: and ::1 are addresses of their own.
  if (value > 1n && value >> 32n === 0n) return { family: 4, value };
  // ISATAP, RFC 5214: interface ids that end in 5efe and an IPv4 address.
  if (((value >> 32n) & 0xfdff_ffffn) === 0x5efen) return { family: 4, value: value & 0xffff_ffffn };
  return { family: 6, value };
}

function ipv4Value(text: string): bigint {
  return text.split('.').reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function ipv6Value(text: string): bigint {
  const [head = '', tail] = text.replace(/[0-9]+(?:\.[0-9]+){3}$/, hexOfIpv4).split('::');
  const before = groupsOf(head);
  const after = groupsOf(tail ?? '');
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n);
}

function groupsOf(text: string): readonly string[] {
  return text === '' ? [] : text.split(':');
}

function hexOfIpv4(text: string): string {
  const value = ipv4Value(text);
  return `${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`;
}
