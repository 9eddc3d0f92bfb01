/**
 * Ids of packages that nobody has, asked of a foreign source to see whether the question comes back to this fleet, and with its feed chain.
 *
 * Written in what survives every client and server: `ff-probe.<source>.<nonce>.<mac>`, without case, never longer than a package id
 * may be. The nonce keeps caches on the way out of it; nobody else can make the MAC, so that nobody can have a source cut.
 *
 * Source: NuGet.Packaging, PackageIdValidator: at most 100 characters, without case.
 */
import { isEqualInTime } from './fleet-chain.ts';
import type { FleetChain } from './fleet-chain.ts';

/** 32 bits of a nonce and 64 of a MAC: with an id of 64 characters, the longest that the registry has, that makes 99. */
const shape = /ff-probe\.([a-z0-9][a-z0-9._-]{0,63})\.([0-9a-f]{8})\.([0-9a-f]{16})/;
const macCharacters = 16;
const escaped = /%([2-7][0-9a-f])/gi;

export interface Probe {
  /** Id of the source that was asked, in lower case. */
  readonly sourceId: string;
  /** Tells this probe from all others of the source. */
  readonly nonce: string;
}

/** @param probe - its nonce: 8 characters of lower-case hex. */
export function probeId(fleet: FleetChain, { sourceId, nonce }: Probe): string {
  return `ff-probe.${sourceId.toLowerCase()}.${nonce}.${macOf(fleet, sourceId.toLowerCase(), nonce)}`;
}

/**
 * What looks like a probe in the path and query of a request, of this fleet or of another: in lower case, without escapes.
 *
 * @returns undefined where nothing does.
 */
export function findProbe(url: string): string | undefined {
  const plain = url.includes('%')
    ? url.replace(escaped, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : url;
  return shape.exec(plain.toLowerCase())?.[0];
}

/** @returns undefined unless this fleet made it. */
export function readProbe(fleet: FleetChain, text: string): Probe | undefined {
  const [whole, sourceId = '', nonce = '', mac = ''] = shape.exec(text.toLowerCase()) ?? [];
  if (whole?.length !== text.length || !isEqualInTime(macOf(fleet, sourceId, nonce), mac)) return undefined;
  return { sourceId, nonce };
}

function macOf(fleet: FleetChain, sourceId: string, nonce: string): string {
  return Buffer.from(fleet.sign(`probe\n${sourceId}\n${nonce}`), 'base64url')
    .toString('hex')
    .slice(0, macCharacters);
}
