/**
 * The head of a request for an endpoint, written in one pass over what the client sent.
 *
 * What `Connection` names is dropped first, then ours are set, so that no client can have one of ours stripped
 * (CVE-2026-33805, CVE-2024-45410). The body's framing comes from the message itself, never from what is left.
 *
 * Source: RFC 9110, section 7.6.1 "Connection"; RFC 9112, sections 3 and 6.
 */
import type { IncomingMessage } from 'node:http';
import { framingField, namedByConnection } from '../hop-by-hop.ts';
import type { RequestHeaderRules } from '../hop-by-hop.ts';
import type { HeaderNames } from './header-names.ts';

/** What would end a field or a line early; the characters above are two bytes or none. */

const UNSAFE_VALUE = /[\0-\x08\x0a-\x1f\x7f\u0100-\uffff]/;

const UNSAFE_TARGET = /[\0-\x20\x7f\u0100-\uffff]/;

export interface RequestHeadOptions extends RequestHeaderRules {
  readonly names: HeaderNames;
  readonly path: string;
  /** Stands in for a `Host` that neither the client nor we have. */
  readonly targetHost: string;
}

/** @returns `undefined` when a part of ours cannot be written safely. */
export function requestHead(
  client: Pick<IncomingMessage, 'headers' | 'rawHeaders'>,
  options: RequestHeadOptions,
): string | undefined {
  const { method, path, headers } = options;
  if (UNSAFE_TARGET.test(path)) return undefined;
  let head = `${method} ${path} HTTP/1.1\r\nconnection: keep-alive\r\n`;
  // All values are looked at in one go: a search of its own for each cost more than writing them.
  let values = '';
  for (const name in headers) {
    const value = headers[name] ?? '';
    values += value;
    head += `${name}: ${value}\r\n`;
  }
  if (UNSAFE_VALUE.test(values)) return undefined;
  const kept = clientFields(client, options);
  if (!kept.hasHost && headers.host === undefined) head += `host: ${options.targetHost}\r\n`;
  return `${head}${kept.text}${framingField(client.headers, options)}\r\n`;
}

function clientFields(
  { headers: parsed, rawHeaders }: Pick<IncomingMessage, 'headers' | 'rawHeaders'>,
  { names, withheld, headers }: RequestHeadOptions,
): { readonly text: string; readonly hasHost: boolean } {
  const named = namedByConnection(parsed.connection);
  let text = '';
  let hasHost = false;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const spelled = rawHeaders[index] ?? '';
    const name = names.of(spelled);
    if (name === undefined || (name.role !== 'other' && name.role !== 'host')) continue;
    if (withheld.has(name.lower) || named.has(name.lower) || Object.hasOwn(headers, name.lower)) continue;
    if (name.role === 'host') {
      // Node's parser takes the first of several; an endpoint could take another one.
      if (hasHost) continue;
      hasHost = true;
    }
    text += `${spelled}: ${rawHeaders[index + 1] ?? ''}\r\n`;
  }
  return { text, hasHost };
}
