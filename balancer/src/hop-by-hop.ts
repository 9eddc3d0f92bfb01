/**
 * Which headers pass from one connection to the next, and which end here.
 *
 * What `Connection` names is dropped first, then ours are set, so that no client can have one of ours stripped
 * (CVE-2026-33805, CVE-2024-45410). The body's framing is set last and comes from the message itself, never from what is left.
 *
 * Source: RFC 9110, section 7.6.1 "Connection"; RFC 9112, section 6.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { RequestFraming } from './request-framing.ts';

/** Of one connection each; `content-length` is here because the framing is ours to write. */
export const REQUEST_HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export const RESPONSE_HOP_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const NOTHING: ReadonlySet<string> = new Set();

export interface RequestHeaderRules {
  readonly method: string;
  readonly framing: RequestFraming;
  readonly withheld: ReadonlySet<string>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The headers for the endpoint, by lower-case name. */
export function requestHeaders(
  client: IncomingHttpHeaders,
  rules: RequestHeaderRules,
): Record<string, string | string[]> {
  const named = namedByConnection(client.connection);
  const headers: Record<string, string | string[]> = {};
  for (const name in client) {
    const value = client[name];
    if (value === undefined || REQUEST_HOP_HEADERS.has(name) || rules.withheld.has(name) || named.has(name)) continue;
    headers[name] = value;
  }
  for (const name in rules.headers) {
    const value = rules.headers[name];
    if (value !== undefined) headers[name] = value;
  }
  writeFraming(headers, client, rules);
  return headers;
}

function writeFraming(
  headers: Record<string, string | string[]>,
  client: IncomingHttpHeaders,
  rules: Pick<RequestHeaderRules, 'framing' | 'method'>,
): void {
  const length = lengthFor(client, rules);
  if (rules.framing === 'chunked') headers['transfer-encoding'] = 'chunked';
  else if (length !== undefined) headers['content-length'] = length;
}

/** The field that frames the body, with its line's end; empty where there is none. */
export function framingField(
  client: IncomingHttpHeaders,
  rules: Pick<RequestHeaderRules, 'framing' | 'method'>,
): string {
  if (rules.framing === 'chunked') return 'transfer-encoding: chunked\r\n';
  const length = lengthFor(client, rules);
  return length === undefined ? '' : `content-length: ${length}\r\n`;
}

function lengthFor(
  client: IncomingHttpHeaders,
  { framing, method }: Pick<RequestHeaderRules, 'framing' | 'method'>,
): string | undefined {
  if (framing === 'length') return client['content-length'] ?? '0';
  if (method === 'GET' || method === 'HEAD') return undefined;
  return client['content-length'] !== undefined || expectsBody(method) ? '0' : undefined;
}

function expectsBody(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH';
}

/**
 * The headers for the client as a flat list of names and values, spelled as the endpoint spelled them.
 *
 * @param raw - the endpoint's: name, value, name, value, ...
 * @param ours - by lower-case name; the endpoint's of the same names are dropped.
 */
export function responseHeaders(raw: readonly string[], ours: Readonly<Record<string, string>>): string[] {
  const named = namedByConnection(rawConnection(raw));
  const headers: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    const lower = name.toLowerCase();
    if (RESPONSE_HOP_HEADERS.has(lower) || Object.hasOwn(ours, lower) || named.has(lower)) continue;
    headers.push(name, raw[index + 1] ?? '');
  }
  for (const name in ours) headers.push(name, ours[name] ?? '');
  return headers;
}

function rawConnection(raw: readonly string[]): string | undefined {
  let joined: string | undefined;
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = raw[index] ?? '';
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    joined = joined === undefined ? (raw[index + 1] ?? '') : `${joined},${raw[index + 1] ?? ''}`;
  }
  return joined;
}

/** The names in a `Connection` header, lower case; `keep-alive` and `close` are no names of headers. */
export function namedByConnection(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined) return NOTHING;
  const value = connection.trim().toLowerCase();
  if (value === 'keep-alive' || value === 'close' || value === '') return NOTHING;
  return new Set(value.split(',').map((name) => name.trim()));
}
