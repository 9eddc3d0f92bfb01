/**
 * The kind of a failure by the codes of Node and of OpenSSL.
 *
 * Source: Node.js, "Errors", "Node.js error codes" and "Common system errors"; "TLS (SSL)", "X509 certificate error codes".
 */
import { SourceFailure } from './source-failure.ts';
import type { SourceFailureKind } from './source-failure.ts';

const certificateFaults: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'the certificate of the source has expired',
  CERT_NOT_YET_VALID: 'the certificate of the source is not valid yet',
  CERT_REVOKED: 'the certificate of the source is revoked',
  CERT_REJECTED: 'the certificate of the source is rejected for this use',
  CERT_UNTRUSTED: 'the certificate of the source is not trusted',
  CERT_SIGNATURE_FAILURE: 'the signature of the certificate of the source is wrong',
  CERT_CHAIN_TOO_LONG: 'the certificate chain of the source is too long',
  INVALID_CA: 'a certificate of the source was issued by one that may not issue any',
  INVALID_PURPOSE: 'the certificate of the source is not meant for servers',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate of the source is for another host name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate of the source is self-signed, and this fleet does not trust it',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate of the source comes from an authority that this fleet does not trust',
  UNABLE_TO_GET_ISSUER_CERT: 'the certificate of the source comes from an authority that this fleet does not trust',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    'the certificate of the source comes from an authority that this fleet does not know',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the source does not send the certificate of the authority that issued its own',
};

const plainFaults: Readonly<Record<string, readonly [SourceFailureKind, string]>> = {
  ECONNREFUSED: ['refused', 'nobody listens at the address of the source'],
  EHOSTUNREACH: ['refused', 'there is no way to the host of the source'],
  ENETUNREACH: ['refused', 'there is no way to the network of the source'],
  EHOSTDOWN: ['refused', 'the host of the source is down'],
  EADDRNOTAVAIL: ['refused', 'there is no way to the address of the source'],
  ETIMEDOUT: ['timeout', 'the source did not take the connection in time'],
  ENOTFOUND: ['dns', 'the host name of the source does not exist'],
  ENODATA: ['dns', 'the host name of the source has no address'],
  EAI_AGAIN: ['dns', 'the host name of the source cannot be resolved at present'],
  ECONNRESET: ['reset', 'the source broke the connection off'],
  ECONNABORTED: ['reset', 'the connection to the source broke off'],
  EPIPE: ['reset', 'the source closed the connection'],
  ERR_STREAM_PREMATURE_CLOSE: ['reset', 'the source broke the connection off'],
  HPE_HEADER_OVERFLOW: ['tooLarge', 'the head of the answer of the source is too long'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['tooLarge', 'the chunks of the answer of the source are too long'],
  Z_BUF_ERROR: ['malformed', 'the compressed body of the source breaks off'],
};

/** What failed as a `SourceFailure`; one stays what it is. */
export function failureOf(error: unknown, where: string): SourceFailure {
  if (error instanceof SourceFailure) return error;
  const code = codeOf(error);
  const certificateFault = certificateFaults[code];
  if (certificateFault !== undefined) {
    const kind = code === 'CERT_HAS_EXPIRED' ? 'certificateExpired' : 'tls';
    return new SourceFailure(kind, { detail: certificateFault, where, cause: error });
  }
  const [kind, detail] = plainFaults[code] ?? familyFault(code);
  return new SourceFailure(kind, { detail, where, cause: error });
}

/** The codes of what follows the same pattern. */
function familyFault(code: string): readonly [SourceFailureKind, string] {
  if (code.startsWith('EAI_') || code.startsWith('EDNS'))
    return ['dns', 'the host name of the source cannot be resolved'];
  if (code.startsWith('HPE_')) return ['malformed', 'the source does not speak HTTP'];
  if (/^(?:Z_|ERR_.*BROTLI|ERR__ERROR_|ERR_PADDING|ERR_ZLIB)/.test(code)) {
    return ['malformed', 'the body of the source is not compressed as it says'];
  }
  if (code === 'ERR_INVALID_CHAR' || code === 'ERR_UNESCAPED_CHARACTERS') {
    return ['malformed', 'what the source gave to ask it with cannot be sent'];
  }
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) {
    return ['tls', 'the source and this fleet have no way of encryption in common, or the source does not speak TLS'];
  }
  return ['reset', `the exchange with the source failed${code === '' ? '' : ` (${code})`}`];
}

/** Several attempts to connect may have failed, one for each address. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, errors } = error as { readonly code?: unknown; readonly errors?: readonly unknown[] };
  if (typeof code === 'string') return code;
  return errors === undefined ? '' : codeOf(errors[0]);
}
