/**
 * Where an address that somebody gave may lead: a package source, a webhook. Asked with what a URL says, with what a resolver says and with what a socket says it is connected to, so
 * that a name that resolves differently the second time gains nothing.
 *
 * The fleet's own addresses are refused whatever the source was allowed: a source that leads there is a loop, which belongs
 * into the registry as a feed of ours. Own names are compared as names: many hosts may stand behind one address that is not ours, such as
 * that of a content network, and the probe for loops finds what comes back by such a way.
 */
import { networkInterfaces } from 'node:os';
import { addressKind } from './address-kind.ts';
import type { AddressKind } from './address-kind.ts';
import { parseIpAddress } from './ip-address.ts';

/** Where the fleet listens, or under which name it is reached. */
export interface OwnAddress {
  /** A name or an IP address; an unspecified one (`0.0.0.0`, `::`) stands for all of this machine. */
  readonly host: string;
  readonly port: number;
}

export type AddressVerdict =
  | { readonly outcome: 'allowed' }
  /** `what` goes on after "leads to". */
  | { readonly outcome: 'blocked'; readonly what: string };

const allowed: AddressVerdict = { outcome: 'allowed' };
const ownAddress: AddressVerdict = { outcome: 'blocked', what: 'an address of this fleet' };

const liftable: readonly AddressKind[] = ['loopback', 'private', 'linkLocal'];
const words: Readonly<Record<AddressKind, string>> = {
  global: 'a public address',
  loopback: 'a loopback address',
  private: 'a private address',
  linkLocal: 'a link-local address',
  metadata: 'a cloud metadata address',
  multicast: 'a multicast address',
  reserved: 'a reserved address',
};
const unspecified: readonly string[] = ['0.0.0.0', '::', '*', ''];

export class AddressGuard {
  readonly #own: () => readonly OwnAddress[];

  constructor(ownAddresses: () => readonly OwnAddress[]) {
    this.#own = ownAddresses;
  }

  /** @param host - of a parsed URL: a name, or an address in its normal form. */
  judgeHost(host: string, port: number, allowPrivateAddresses: boolean): AddressVerdict {
    const bare = host.replace(/^\[(.*)\]$/, '$1');
    if (parseIpAddress(bare) !== undefined) return this.judgeAddress(bare, port, allowPrivateAddresses);
    const name = nameOf(bare);
    return this.#own().some((own) => own.port === port && nameOf(own.host) === name) ? ownAddress : allowed;
  }

  judgeAddress(address: string, port: number, allowPrivateAddresses: boolean): AddressVerdict {
    const kind = addressKind(address);
    if (kind !== 'global' && !(allowPrivateAddresses && liftable.includes(kind))) {
      return { outcome: 'blocked', what: words[kind] };
    }
    return this.#isOwn(address, kind, port) ? ownAddress : allowed;
  }

  #isOwn(address: string, kind: AddressKind, port: number): boolean {
    const canonical = canonicalOf(address);
    return this.#own().some((own) => {
      if (own.port !== port) return false;
      if (unspecified.includes(own.host)) return kind === 'loopback' || isOfThisMachine(canonical);
      if (nameOf(own.host) === 'localhost') return kind === 'loopback';
      return canonicalOf(own.host) === canonical;
    });
  }
}

function nameOf(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}

function canonicalOf(address: string): string | undefined {
  const parsed = parseIpAddress(address);
  return parsed && `${parsed.family}/${parsed.value}`;
}

function isOfThisMachine(canonical: string | undefined): boolean {
  return Object.values(networkInterfaces()).some((list) =>
    list?.some(({ address }) => canonicalOf(address) === canonical),
  );
}
