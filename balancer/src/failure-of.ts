/** What an error of a connection to an endpoint means, in the transport's words. */
import type { Failure } from './transport.ts';

const FAILURES: Readonly<Record<string, Failure>> = {
  ECONNREFUSED: 'upstream_refused',
  ENOENT: 'upstream_refused',
  ENOTFOUND: 'upstream_unreachable',
  EAI_AGAIN: 'upstream_unreachable',
  EHOSTUNREACH: 'upstream_unreachable',
  EHOSTDOWN: 'upstream_unreachable',
  ENETUNREACH: 'upstream_unreachable',
  ENETDOWN: 'upstream_unreachable',
  EADDRNOTAVAIL: 'upstream_unreachable',
  EMFILE: 'upstream_unreachable',
  ETIMEDOUT: 'connect_timeout',
};

/** Parser errors are `HPE_...`; what has no name of its own here is a connection that broke before an answer. */
export function failureOf(error: unknown): Failure {
  const code = codeOf(error);
  if (code === undefined) return 'upstream_reset';
  if (code.startsWith('HPE_') || code.startsWith('ERR_INVALID_') || code.startsWith('ERR_HTTP_'))
    return 'upstream_invalid';
  return FAILURES[code] ?? 'upstream_reset';
}

/**
 * A host name with several addresses fails with an AggregateError, whose parts carry the codes. Looked at by shape: an error
 * from another realm is no instance of this one's Error.
 */
function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'errors' in error && Array.isArray(error.errors) ? codeOf(error.errors[0]) : undefined;
}
