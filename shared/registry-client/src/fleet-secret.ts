/**
 * What comes of the fleet secret, which every process of a fleet has and nobody else: keys for one purpose each, and credentials
 * of package sources sealed with one of them.
 *
 * Sealed text is `v1.<iv>.<ciphertext and tag>`, base64url, by AES-256-GCM with the id of the source as associated data: it cannot be
 * altered, nor moved to another source.
 *
 * Source: RFC 5869 (HKDF); NIST SP 800-38D, section 8.2.2: random initialization vectors of 96 bits serve 2^32 seals of one key.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

const version = 'v1';
const ivBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

export interface FleetKeys {
  /** For `sealSecret` and `unsealSecret`. */
  readonly sealing: Buffer;
  /** For the feed chain. */
  readonly chain: Buffer;
  /** For `fingerprintOf`. */
  readonly fingerprint: Buffer;
  /** For grants of writes. */
  readonly writes: Buffer;
}

/** @param fleetSecret - at least 32 characters that nobody can guess. */
export function fleetKeys(fleetSecret: string): FleetKeys {
  const derive = (label: string): Buffer => Buffer.from(hkdfSync('sha256', fleetSecret, '', label, keyBytes));
  return {
    sealing: derive('feedfleet source credentials'),
    chain: derive('feedfleet feed chain'),
    fingerprint: derive('feedfleet credential fingerprints'),
    writes: derive('feedfleet grants of writes'),
  };
}

export function sealSecret(sealing: Buffer, sourceId: string, text: string): string {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', sealing, iv, { authTagLength: tagBytes }).setAAD(Buffer.from(sourceId));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return [version, iv.toString('base64url'), sealed.toString('base64url')].join('.');
}

/** @returns `undefined` when it was sealed by another fleet secret, for another source, or was altered. Never throws. */
export function unsealSecret(sealing: Buffer, sourceId: string, sealed: string): string | undefined {
  const [found, iv = '', rest = '', ...more] = sealed.split('.');
  const ivBuffer = Buffer.from(iv, 'base64url');
  const bytes = Buffer.from(rest, 'base64url');
  if (found !== version || more.length > 0 || ivBuffer.length !== ivBytes || bytes.length < tagBytes) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', sealing, ivBuffer, { authTagLength: tagBytes })
    .setAAD(Buffer.from(sourceId))
    .setAuthTag(bytes.subarray(-tagBytes));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(0, -tagBytes)), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** Lower-case hex, the same for the same parts only; without the key nobody can try parts against it. */
export function fingerprintOf(key: Buffer, parts: readonly string[]): string {
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('hex');
}
