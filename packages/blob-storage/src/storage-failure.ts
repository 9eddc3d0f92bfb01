/**
 * Why a storage gave no answer, by the codes of Node and of OpenSSL, or by the status that it answered with.
 *
 * Source: Node.js, "Errors", "Common system errors"; "TLS (SSL)", "X509 certificate error codes".
 */

/**
 * - `refused`: nobody listens, or there is no way there
 * - `timeout`: too late, or too slow
 * - `reset`: the connection broke off
 * - `dns`: its name cannot be resolved
 * - `certificateExpired`, `tls`: no trusted connection
 * - `denied`: it does not let the credential in, or not for this
 * - `noCredential`: there is none
 * - `noContainer`: the container or bucket is not there
 * - `status`: any other status
 */
export type StorageFailureKind =
  | 'refused'
  | 'timeout'
  | 'reset'
  | 'dns'
  | 'certificateExpired'
  | 'tls'
  | 'denied'
  | 'noCredential'
  | 'noContainer'
  | 'status';

export class StorageFailure extends Error {
  override readonly name = 'StorageFailure';
  readonly kind: StorageFailureKind;
  /** One sentence for everybody, about "the storage": no host, no address, no name, no secret. */
  readonly detail: string;
  /** The storage's own wish; 0 when it has none. */
  readonly retryAfterMs: number;
  /** Whether the storage has said no to this one request, so that it surely did nothing. */
  readonly isRefusal: boolean;

  constructor(
    kind: StorageFailureKind,
    {
      detail,
      retryAfterMs = 0,
      isRefusal = false,
      cause,
    }: {
      readonly detail: string;
      readonly retryAfterMs?: number;
      readonly isRefusal?: boolean;
      readonly cause?: unknown;
    },
  ) {
    super(`${kind}: ${detail}`, { cause: cause === undefined ? undefined : withoutSecrets(cause) });
    this.kind = kind;
    this.detail = detail;
    this.retryAfterMs = retryAfterMs;
    this.isRefusal = isRefusal;
  }
}

const plainFaults: Readonly<Record<string, readonly [StorageFailureKind, string]>> = {
  ECONNREFUSED: ['refused', 'nobody listens at the address of the storage'],
  EHOSTUNREACH: ['refused', 'there is no way to the host of the storage'],
  ENETUNREACH: ['refused', 'there is no way to the network of the storage'],
  EHOSTDOWN: ['refused', 'the host of the storage is down'],
  ETIMEDOUT: ['timeout', 'the storage does not take connections'],
  ENOTFOUND: ['dns', 'the host name of the storage does not exist'],
  EAI_AGAIN: ['dns', 'the host name of the storage cannot be resolved at present'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['tls', 'the certificate of the storage is for another host name'],
  CERT_NOT_YET_VALID: ['tls', 'the certificate of the storage is not valid yet'],
  CERT_REVOKED: ['tls', 'the certificate of the storage is revoked'],
};

/** Certificates of an authority that this fleet does not know or trust. */
const untrusted =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|INVALID_CA|INVALID_PURPOSE)/;

/** @param expiredAt - when the certificate that was met last expired; ISO instant. */
export function networkFailure(error: unknown, expiredAt: string | undefined): StorageFailure {
  const code = codeOf(error);
  if (code === 'CERT_HAS_EXPIRED') {
    const since = expiredAt === undefined ? 'has expired' : `expired at ${expiredAt}`;
    return new StorageFailure('certificateExpired', {
      detail: `the certificate of the storage ${since}`,
      cause: error,
    });
  }
  const [kind, detail] = plainFaults[code] ?? familyFault(code);
  return new StorageFailure(kind, { detail, cause: error });
}

function familyFault(code: string): readonly [StorageFailureKind, string] {
  if (code.startsWith('EAI_') || code.startsWith('EDNS')) {
    return ['dns', 'the host name of the storage cannot be resolved'];
  }
  if (untrusted.test(code)) return ['tls', `the certificate of the storage is not trusted here (${code})`];
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_')) {
    return ['tls', 'the storage does not speak TLS as this fleet does'];
  }
  return ['reset', 'the storage broke the connection off'];
}

export interface StatusAnswer {
  readonly status: number;
  /** As the provider calls it. */
  readonly code: string;
  /** Of the header `Retry-After`, in seconds. */
  readonly retryAfter: string | null | undefined;
}

/** Request Timeout and Too Many Requests: of the storage as a whole, not of what was asked. */
const NO_REFUSALS: readonly number[] = [408, 429];

/** What a status means that is no answer. */
export function statusFailure({ status, code, retryAfter }: StatusAnswer, cause: unknown): StorageFailure {
  const shown = /^[A-Za-z]{1,60}$/.test(code) ? ` (${code})` : '';
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Number(retryAfter) : 0;
  const said = { retryAfterMs: seconds * 1000, cause };
  if (/ContainerNotFound|NoSuchBucket|ContainerBeingDeleted/.test(code)) {
    return new StorageFailure('noContainer', { detail: 'the container or bucket of packages is not there', ...said });
  }
  const isRefusal = status >= 400 && status < 500 && !NO_REFUSALS.includes(status);
  if (status === 401 || status === 403) {
    const detail = `the storage does not allow this to the credential${shown}`;
    return new StorageFailure('denied', { detail, isRefusal, ...said });
  }
  const detail = `the storage answers with status ${status}${shown}`;
  return new StorageFailure('status', { detail, isRefusal, ...said });
}

/** Several attempts to connect may have failed, one for each address. */
function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { code, cause, errors } = error as Readonly<Record<string, unknown>>;
  if (typeof code === 'string' && code !== 'REQUEST_SEND_ERROR') return code;
  if (Array.isArray(errors)) return codeOf(errors[0]);
  return cause === undefined ? '' : codeOf(cause);
}

const MAX_MESSAGE = 300;

/** What SDKs throw holds the request with its headers, and perhaps a signed address. */
function withoutSecrets(cause: unknown): Error {
  if (!(cause instanceof Error)) return new Error(typeof cause === 'string' ? shortened(cause) : 'unknown');
  const plain = new Error(shortened(cause.message));
  plain.name = cause.name;
  return plain;
}

function shortened(message: string): string {
  const [line = ''] = message.split('\n');
  return line.replace(/\b(sig|signature|AccountKey|X-Amz-[A-Za-z-]+)=[^&;\s'"]+/gi, '$1=***').slice(0, MAX_MESSAGE);
}
