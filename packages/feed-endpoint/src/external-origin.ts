/**
 * How the client reached this fleet: the part of every absolute link that stands before `/F/`.
 *
 * The balancer sets `X-Forwarded-Proto`, `-Host` and `-Prefix`; without it the request's own `Host` and socket count. All of
 * them end up in documents that clients follow, so anything that could end a URL's authority or a quoted string is refused.
 *
 * Source: RFC 9110, section 7.2 "Host and :authority"; RFC 3986, section 3.2.2.
 */
import type { IncomingMessage } from 'node:http';

import { ProblemError } from '@feedfleet/problems';

const HOST = /^[A-Za-z0-9._~[\]:-]{1,255}$/;
const PREFIX = /^(?:\/[A-Za-z0-9._~%!$&()*+,;=:@-]+){1,16}$/;

type Reached = Pick<IncomingMessage, 'headers'> & {
  readonly socket: { readonly localAddress?: string | undefined; readonly localPort?: number | undefined };
};

/**
 * Reads the origin, and keeps the last one: nearly all requests of a fleet come under one name.
 *
 * @returns `https://host[:port][/prefix]`, no slash at the end.
 * @throws {ProblemError} `FF_INVALID_REQUEST` for a host, scheme or prefix that cannot stand in a URL.
 */
export class ExternalOrigin {
  #scheme = '';
  #host = '';
  #prefix = '';
  #origin = '';

  of(request: Reached): string {
    const { headers } = request;
    const scheme = single(headers['x-forwarded-proto']) ?? 'http';
    const host = single(headers['x-forwarded-host']) ?? headers.host ?? '';
    const prefix = single(headers['x-forwarded-prefix']) ?? '';
    if (this.#origin !== '' && host === this.#host && scheme === this.#scheme && prefix === this.#prefix) {
      return this.#origin;
    }
    if (host === '') return `http://${localHost(request.socket)}`;
    const origin = composeOrigin(scheme, host, prefix);
    [this.#scheme, this.#host, this.#prefix, this.#origin] = [scheme, host, prefix, origin];
    return origin;
  }
}

function composeOrigin(scheme: string, host: string, prefix: string): string {
  const lowerScheme = scheme.toLowerCase();
  if (lowerScheme !== 'http' && lowerScheme !== 'https') refuse('the scheme');
  if (!HOST.test(host)) refuse('the host name');
  const trimmed = prefix.replace(/\/{1,16}$/, '');
  if (trimmed !== '' && !PREFIX.test(trimmed)) refuse('the path prefix');
  return `${lowerScheme}://${host}${trimmed}`;
}

function refuse(what: string): never {
  throw new ProblemError('invalidRequest', { detail: `${what} of the request cannot stand in a URL` });
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}

/** For HTTP/1.0 clients that send no `Host`. */
function localHost({ localAddress = '127.0.0.1', localPort = 80 }: Reached['socket']): string {
  return localAddress.includes(':') ? `[${localAddress}]:${localPort}` : `${localAddress}:${localPort}`;
}
