/**
 * Which files have been read and found to match their hash, by what changes when somebody touches them: inode, size and
 * time of the last change.
 */
import type { BigIntStats } from 'node:fs';
import NodeCache from 'node-cache';

const MAX_FILES = 50_000;
/** How many of the oldest entries make room at once: finding them costs a pass over all keys. */
const EVICTED_AT_ONCE = 5_000;

const fingerprintOf = ({ ino, size, mtimeNs }: BigIntStats): string => `${ino} ${size} ${mtimeNs}`;

export class VerifiedFiles {
  readonly #fingerprints = new NodeCache({ maxKeys: MAX_FILES, useClones: false, checkperiod: 0, stdTTL: 0 });

  has(sha512: string, stats: BigIntStats): boolean {
    return this.#fingerprints.get<string>(sha512) === fingerprintOf(stats);
  }

  add(sha512: string, stats: BigIntStats): void {
    if (this.#fingerprints.getStats().keys >= MAX_FILES) {
      this.#fingerprints.del(this.#fingerprints.keys().slice(0, EVICTED_AT_ONCE));
    }
    this.#fingerprints.set(sha512, fingerprintOf(stats));
  }

  delete(sha512: string): void {
    this.#fingerprints.del(sha512);
  }
}
