/**
 * How the client reached us: scheme, host and path prefix for every absolute URL in an answer, and the client's address.
 *
 * What a client says about itself counts only when the connection comes from a trusted proxy, and of a list that several
 * proxies added to only what the trusted ones wrote. `publicUrl` overrides scheme, host and prefix. Everything that gets into a
 * URL is checked here, once: an endpoint may put it into an answer as it is.
 *
 * Source: RFC 7239 "Forwarded HTTP Extension"; RFC 9112, section 3.2 "Request Target"; RFC 3986, section 3.2.2 "Host".
 */
import type { IncomingHttpHeaders } from 'node:http';
import { FAMILY_HEADER } from '@feedfleet/registry-client';
import { isHost } from './host-name.ts';
import { lastHops, parseForwarded, quoteNode } from './forwarded-header.ts';

/** Never passed on as the client sent them. */
export const FORWARDED_NAMES: ReadonlySet<string> = new Set([
  'forwarded',
  FAMILY_HEADER,
  'x-feedfleet-epoch',
  'x-feedfleet-timeout-ms',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-real-ip',
]);

export interface ForwardedRules {
  readonly isTrusted: (address: string) => boolean;
  /**
   * Which headers the trusted proxies set; the others are ignored, because a proxy that sets one kind passes a client's own
   * headers of the other kind on.
   */
  readonly dialect: 'x-forwarded' | 'rfc7239';
  readonly publicUrl: PublicUrl | undefined;
  /** A path that is accepted in front of every path and taken off; empty, or with a slash in front and none at its end. */
  readonly pathPrefix: string;
}

export interface PublicUrl {
  readonly proto: 'http' | 'https';
  readonly host: string;
  /** Empty, or with a slash in front and none at its end. */
  readonly prefix: string;
}

export interface ReceivedRequest {
  /** The address at the other end of the connection. */
  readonly peer: string;
  readonly encrypted: boolean;
  /** As received: the path and query, or an absolute URL. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  /** What stands in for an absent `Host` (HTTP/1.0): our own address and port. */
  readonly localHost: string;
}

/** How the client reached us. */
export interface Reached {
  readonly outcome: 'reached';
  readonly proto: 'http' | 'https';
  readonly host: string;
  readonly prefix: string;
  /** The client, then each trusted proxy, the nearest last. At least one. */
  readonly hops: readonly string[];
  /** Path and query without the prefix. */
  readonly path: string;
}

export interface Malformed {
  readonly outcome: 'malformed';
  /** What is wrong, for the client. */
  readonly detail: string;
}

interface Claims {
  readonly proto?: string | undefined;
  readonly host?: string | undefined;
  readonly prefix?: string | undefined;
  readonly hops: readonly string[];
}

export function reachedBy(request: ReceivedRequest, rules: ForwardedRules): Reached | Malformed {
  const { authority, path: received } = splitTarget(request.target);
  if (!received.startsWith('/')) return malformed('The request target must be a path or an http URL.');
  const peer = plainAddress(request.peer);
  const claims = rules.isTrusted(peer) ? claimsOf(request.headers, { peer, rules }) : { hops: [peer] };
  const { publicUrl } = rules;
  const proto = publicUrl?.proto ?? claims.proto?.toLowerCase() ?? (request.encrypted ? 'https' : 'http');
  if (proto !== 'http' && proto !== 'https') return malformed('The forwarded protocol must be http or https.');
  const ownHost = authority ?? request.headers.host ?? request.localHost;
  if (!isHost(ownHost)) return malformed('The Host header must be a host name or an address, with or without a port.');
  const host = publicUrl?.host ?? claims.host ?? ownHost;
  if (host !== ownHost && !isHost(host)) return malformed('The forwarded host must be a host name or an address.');
  const outer = trimSlashes(claims.prefix ?? '');
  if (outer !== '' && !isPathPrefix(outer)) return malformed('The forwarded prefix must be a plain path.');
  const taken = prefixOf(received, rules.pathPrefix) || prefixOf(received, publicUrl?.prefix ?? '');
  const path = taken === '' ? received : rooted(received.slice(taken.length));
  const prefix = publicUrl?.prefix ?? outer + taken;
  return { outcome: 'reached', proto, host, prefix, hops: claims.hops, path };
}

function malformed(detail: string): Malformed {
  return { outcome: 'malformed', detail };
}

/** RFC 9112, section 3.2.2: an absolute target's authority wins over `Host`. */
function splitTarget(target: string): { readonly authority?: string; readonly path: string } {
  if (target.startsWith('/')) return { path: target };
  const start = /^https?:\/\//i.exec(target)?.[0].length;
  if (start === undefined) return { path: target };
  const end = target.slice(start).search(/[/?]/);
  const authority = end === -1 ? target.slice(start) : target.slice(start, start + end);
  return { authority, path: end === -1 ? '/' : rooted(target.slice(start + end)) };
}

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function claimsOf(
  headers: IncomingHttpHeaders,
  { peer, rules }: { readonly peer: string; readonly rules: ForwardedRules },
): Claims {
  if (rules.dialect === 'rfc7239') {
    const elements = parseForwarded(joined(headers.forwarded));
    const hops = lastHops(
      elements.map((element) => element.for ?? ''),
      { peer, isTrusted: rules.isTrusted },
    );
    const outermost = elements.at(Math.max(-elements.length, -trustedCount(hops)));
    return { proto: outermost?.proto, host: outermost?.host, hops };
  }
  const hops = lastHops(listOf(headers['x-forwarded-for']), { peer, isTrusted: rules.isTrusted });
  const written = (name: string): string | undefined => {
    const values = listOf(headers[name]);
    return values.at(Math.max(-values.length, -trustedCount(hops)));
  };
  return {
    proto: written('x-forwarded-proto'),
    host: written('x-forwarded-host'),
    prefix: written('x-forwarded-prefix'),
    hops,
  };
}

/** Each trusted proxy wrote one element of a list: as many from the right are theirs. The first hop is the client itself. */
function trustedCount(hops: readonly string[]): number {
  return Math.max(1, hops.length - 1);
}

function joined(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

function listOf(value: string | string[] | undefined): readonly string[] {
  if (value === undefined) return [];
  return joined(value)
    .split(',')
    .map((element) => element.trim())
    .filter((element) => element !== '');
}

/** IPv4 on a socket of both families is written as IPv6. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/** `prefix` as it is written in `path`, compared without case; empty when the path does not start with it. */
function prefixOf(path: string, prefix: string): string {
  if (prefix === '' || path.length < prefix.length) return '';
  const start = path.slice(0, prefix.length);
  if (start !== prefix && start.toLowerCase() !== prefix.toLowerCase()) return '';
  const next = path[prefix.length];
  return next === undefined || next === '/' || next === '?' ? start : '';
}

function trimSlashes(prefix: string): string {
  let end = prefix.length;
  while (end > 0 && prefix[end - 1] === '/') end--;
  return prefix.slice(0, end);
}

/** Starts with one slash; then what a path may hold as it is, and nothing that could lead out of it. */
export function isPathPrefix(prefix: string): boolean {
  return prefix.length <= 500 && /^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9._~!$&'()*+,;=:@%-]+)+$/.test(prefix);
}

/** What the endpoint is told. */
export function forwardedHeaders(reached: Reached): Record<string, string> {
  const { proto, host, prefix, hops } = reached;
  const [client = 'unknown', ...proxies] = hops;
  let forwarded = `for=${quoteNode(client)};host="${host}";proto=${proto}`;
  for (const proxy of proxies) forwarded += `, for=${quoteNode(proxy)}`;
  return {
    host,
    forwarded,
    'x-forwarded-for': hops.join(', '),
    'x-forwarded-host': host,
    'x-forwarded-prefix': prefix,
    'x-forwarded-proto': proto,
  };
}

/** Peers whose headers are remembered; beyond that the memory starts over. */
const MAX_PEERS = 1_000;

/** `forwardedHeaders` for clients that come again and again by the same host name: made once for each peer. */
export class ForwardedHeaders {
  readonly #known = new Map<
    string,
    { readonly reached: Reached; readonly headers: Readonly<Record<string, string>> }
  >();

  /** @returns an object that is shared: copy it before adding to it. */
  of(reached: Reached): Readonly<Record<string, string>> {
    const [peer] = reached.hops;
    if (peer === undefined || reached.hops.length > 1) return forwardedHeaders(reached);
    const known = this.#known.get(peer);
    if (known !== undefined && isSameWay(known.reached, reached)) return known.headers;
    const headers = forwardedHeaders(reached);
    if (this.#known.size >= MAX_PEERS) this.#known.clear();
    this.#known.set(peer, { reached, headers });
    return headers;
  }
}

function isSameWay(left: Reached, right: Reached): boolean {
  return left.host === right.host && left.proto === right.proto && left.prefix === right.prefix;
}
