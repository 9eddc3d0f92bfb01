/**
 * Certificates for tests: an authority, and what it issues, with any dates and names.
 *
 * Source: RFC 5280, section 4.1; ITU-T X.690 (DER).
 */
import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

export interface Certificate {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
}

export interface CertificateOptions {
  readonly commonName: string;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Host names; empty for an authority. */
  readonly names?: readonly string[];
  /** IPv4 addresses. */
  readonly addresses?: readonly string[];
  /** Default: itself. */
  readonly issuer?: Issuer;
}

export interface Issuer extends Certificate {
  readonly commonName: string;
  readonly privateKey: KeyObject;
}

const [SEQUENCE, SET, OCTETS] = [0x30, 0x31, 0x04];
const EXPLICIT_0 = 0xa0;
const EXPLICIT_3 = 0xa3;

export function makeCertificate(options: CertificateOptions): Issuer {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { commonName, issuer, names = [], addresses = [] } = options;
  const algorithm = der(SEQUENCE, oid('1.2.840.10045.4.3.2'));
  const isAuthority = names.length + addresses.length === 0;
  const toBeSigned = der(
    SEQUENCE,
    der(EXPLICIT_0, Buffer.from([0x02, 1, 2])),
    der(0x02, Buffer.from([1 + Math.floor(Math.random() * 100), ...Buffer.from(commonName).subarray(0, 8)])),
    algorithm,
    nameOf(issuer?.commonName ?? commonName),
    der(SEQUENCE, time(options.notBefore), time(options.notAfter)),
    nameOf(commonName),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(EXPLICIT_3, der(SEQUENCE, isAuthority ? authorityExtension() : namesExtension(names, addresses))),
  );
  const signature = sign('sha256', toBeSigned, issuer?.privateKey ?? privateKey);
  const whole = der(SEQUENCE, toBeSigned, algorithm, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').replace(/.{64}(?=.)/g, '$&\n');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    commonName,
    privateKey,
  };
}

function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const head = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...head]), content]);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = rest.flatMap((part) => {
    const groups = [part & 0x7f];
    for (let left = part >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Buffer.from([first * 40 + second, ...bytes]));
}

function nameOf(commonName: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, oid('2.5.4.3'), der(0x0c, Buffer.from(commonName)))));
}

/** GeneralizedTime. */
function time(date: Date): Buffer {
  return der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d{3}/g, '')));
}

function authorityExtension(): Buffer {
  const isAuthority = der(SEQUENCE, Buffer.from([0x01, 1, 0xff]));
  return der(SEQUENCE, oid('2.5.29.19'), Buffer.from([0x01, 1, 0xff]), der(OCTETS, isAuthority));
}

function namesExtension(names: readonly string[], addresses: readonly string[]): Buffer {
  const entries = [
    ...names.map((name) => der(0x82, Buffer.from(name))),
    ...addresses.map((address) => der(0x87, Buffer.from(address.split('.').map(Number)))),
  ];
  return der(SEQUENCE, oid('2.5.29.17'), der(OCTETS, der(SEQUENCE, ...entries)));
}
