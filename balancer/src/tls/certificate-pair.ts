/** A certificate with its key, read and checked. Pure. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import type { SecureContext } from 'node:tls';
import { TLS_POLICY } from '@feedfleet/host';

export interface CertificatePair {
  /** Of its files, without their endings. */
  readonly name: string;
  /** In PEM, with the certificates between it and a root behind it. */
  readonly cert: string;
  readonly key: string;
  /** Lower case; a name may begin with `*.`. */
  readonly hostNames: readonly string[];
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  readonly context: SecureContext;
}

/** @throws {Error} whose message says what is wrong with which of the two. */
export function readPair(
  name: string,
  { cert, key }: { readonly cert: string; readonly key: string },
): CertificatePair {
  const certificate = attempt(`${name}.crt`, 'a certificate in PEM', () => new X509Certificate(cert));
  const privateKey = attempt(`${name}.key`, 'an unencrypted private key in PEM', () => createPrivateKey(key));
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error(`${name}.key: expected the key of ${name}.crt, got another`);
  const context = attempt(name, 'a usable pair', () => createSecureContext({ ...TLS_POLICY, cert, key }));
  return {
    ...{ name, cert, key, context },
    hostNames: hostNamesOf(certificate),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
  };
}

function attempt<T>(file: string, expected: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${file}: expected ${expected}, got ${got}`, { cause });
  }
}

function hostNamesOf({ subjectAltName }: X509Certificate): readonly string[] {
  const entries = (subjectAltName ?? '').split(', ');
  return entries.flatMap((entry) => (entry.startsWith('DNS:') ? [entry.slice(4).toLowerCase()] : []));
}
