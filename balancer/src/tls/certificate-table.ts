/** Which certificate is for which name. Pure. */
import type { CertificatePair } from './certificate-pair.ts';

/** The pair of this name is for clients that name no host; without it, it is the first by name. */
const FALLBACK_NAME = 'default';

export class CertificateTable {
  readonly fallback: CertificatePair;
  /** When one of the pairs begins or ceases to hold, so that another one may be the better; milliseconds since the epoch. */
  readonly changesAt: number;
  readonly #byHostName = new Map<string, CertificatePair>();

  /**
   * @param pairs - at least one.
   * @param now - milliseconds since the epoch: of several for one host name, one that holds now wins, then the one that holds longest.
   */
  constructor(pairs: readonly [CertificatePair, ...CertificatePair[]], now: number) {
    const turns = pairs.flatMap(({ notBefore, notAfter }) => [notBefore, notAfter]);
    this.changesAt = Math.min(Infinity, ...turns.filter((at) => at > now));
    const sorted = pairs.toSorted((left, right) => (left.name < right.name ? -1 : 1));
    this.fallback = sorted.find(({ name }) => name === FALLBACK_NAME) ?? sorted[0] ?? pairs[0];
    for (const pair of sorted) {
      for (const hostName of pair.hostNames) {
        const other = this.#byHostName.get(hostName);
        if (other === undefined || isBetter(pair, other, now)) this.#byHostName.set(hostName, pair);
      }
    }
  }

  /** An exact name first, then a wildcard for its first label (RFC 6125, section 6.4.3). */
  pairFor(serverName: string): CertificatePair | undefined {
    const name = serverName.toLowerCase().replace(/\.$/, '');
    const dot = name.indexOf('.');
    return this.#byHostName.get(name) ?? (dot > 0 ? this.#byHostName.get(`*${name.slice(dot)}`) : undefined);
  }
}

function isBetter(one: CertificatePair, other: CertificatePair, now: number): boolean {
  const holds = ({ notBefore, notAfter }: CertificatePair): boolean => notBefore <= now && now < notAfter;
  return holds(one) === holds(other) ? one.notAfter > other.notAfter : holds(one);
}
