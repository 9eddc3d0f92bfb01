/** The proxies whose word about a client counts, as networks in CIDR notation. */
import { BlockList, isIP } from 'node:net';

/** Whether `text` is an address (`10.0.0.7`, `::1`) or a network (`10.0.0.0/8`, `fd00::/8`). */
export function isNetwork(text: string): boolean {
  const { address, bits } = split(text);
  const version = isIP(address);
  return version !== 0 && Number.isInteger(bits) && bits >= 0 && bits <= (version === 4 ? 32 : 128);
}

/** @param networks - each one for which `isNetwork` holds. */
export function trustedProxies(networks: readonly string[]): (address: string) => boolean {
  if (networks.length === 0) return () => false;
  const list = new BlockList();
  for (const network of networks) {
    const { address, bits } = split(network);
    list.addSubnet(address, bits, isIP(address) === 4 ? 'ipv4' : 'ipv6');
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

function split(text: string): { readonly address: string; readonly bits: number } {
  const slash = text.indexOf('/');
  if (slash === -1) return { address: text, bits: isIP(text) === 4 ? 32 : 128 };
  const digits = text.slice(slash + 1);
  return { address: text.slice(0, slash), bits: /^[0-9]{1,3}$/.test(digits) ? Number(digits) : Number.NaN };
}
