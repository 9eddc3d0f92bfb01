/**
 * Addresses that somebody else gave: a webhook, a package source. What a name leads to is judged when it is connected to, so that it
 * leads nowhere that it may not, whatever it led to before.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { LookupFunction } from 'node:net';

import { AddressGuard } from '@feedfleet/address-guard';
import type { AddressVerdict } from '@feedfleet/address-guard';

/** There is no address that may not be looked at because it is the fleet's own: nothing here is a feed. */
const guard = new AddressGuard(() => []);

/** It leads where it may not. */
export class AddressRefused extends Error {
  /** Goes on after "leads to". */
  readonly what: string;

  constructor(what: string) {
    super(`it leads to ${what}`);
    this.name = 'AddressRefused';
    this.what = what;
  }
}

export interface GuardedAddress {
  readonly host: string;
  readonly port: number;
  readonly allowPrivateAddresses: boolean;
}

/** Of an IP address; a name is judged by what it leads to. @throws {AddressRefused} */
export function judgeLiteral({ host, port, allowPrivateAddresses }: GuardedAddress): void {
  if (isIP(host) === 0) return;
  const verdict = guard.judgeAddress(host, port, allowPrivateAddresses);
  if (verdict.outcome === 'blocked') throw new AddressRefused(verdict.what);
}

/** Finds of the addresses of a name those that are allowed, or fails with `AddressRefused`. */
export function guardedLookup({ port, allowPrivateAddresses }: Omit<GuardedAddress, 'host'>): LookupFunction {
  const judge = (address: string): AddressVerdict => guard.judgeAddress(address, port, allowPrivateAddresses);
  return (name, options, found) => {
    lookup(name, { all: true }).then(
      (addresses) => {
        const open = addresses.filter(({ address }) => judge(address).outcome === 'allowed');
        const [first] = open;
        if (first === undefined) found(refusalOf(addresses.map(({ address }) => judge(address))), []);
        else if (options.all === true) found(null, open);
        else found(null, first.address, first.family);
      },
      (error: unknown) => found(error as Error, []),
    );
  };
}

function refusalOf(verdicts: readonly AddressVerdict[]): AddressRefused {
  const blocked = verdicts.find((verdict) => verdict.outcome === 'blocked');
  return new AddressRefused(blocked?.what ?? 'no address');
}
