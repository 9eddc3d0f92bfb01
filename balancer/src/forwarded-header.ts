/**
 * The lists of hops in `X-Forwarded-For` and `Forwarded`.
 *
 * Read from the right, because everything left of the last proxy that we trust may have been made up by the client.
 *
 * Source: RFC 7239, sections 4 to 6.
 */
import { isIP } from 'node:net';

/** More than any real chain; what lies further left is not read. */
const MAX_HOPS = 16;
const MAX_CHARACTERS = 4096;

export interface ForwardedElement {
  readonly for?: string;
  readonly host?: string;
  readonly proto?: string;
}

/**
 * @param nodes - as listed, the client first, each perhaps with a port.
 * @returns the client, then each trusted proxy up to and including `peer`.
 */
export function lastHops(
  nodes: readonly string[],
  { peer, isTrusted }: { readonly peer: string; readonly isTrusted: (address: string) => boolean },
): readonly string[] {
  const hops = [peer];
  for (let index = nodes.length - 1; index >= 0 && hops.length < MAX_HOPS; index--) {
    const address = addressOf(nodes[index] ?? '');
    if (address === undefined) break;
    hops.unshift(address);
    if (!isTrusted(address)) break;
  }
  return hops;
}

/** `192.0.2.1:80`, `[2001:db8::1]:80` and plain addresses; everything else is nobody's address. */
function addressOf(node: string): string | undefined {
  const bracket = /^\[([^\]]+)\](?::[0-9]+)?$/.exec(node)?.[1];
  const address = bracket ?? (/^[0-9.]+:[0-9]+$/.test(node) ? node.slice(0, node.indexOf(':')) : node);
  return isIP(address) === 0 ? undefined : address;
}

/** `for=` of RFC 7239: an IPv6 address in brackets and quotes. */
export function quoteNode(address: string): string {
  return address.includes(':') ? `"[${address}]"` : address;
}

/** The elements, the client's first. What does not parse ends the list at that place, read from the right. */
export function parseForwarded(value: string): readonly ForwardedElement[] {
  if (value === '' || value.length > MAX_CHARACTERS) return [];
  const elements: ForwardedElement[] = [];
  for (const text of splitQuoted(value, ',').reverse()) {
    const element = parseElement(text);
    if (element === undefined) break;
    elements.unshift(element);
  }
  return elements;
}

function parseElement(text: string): ForwardedElement | undefined {
  const element: Record<string, string> = {};
  for (const pair of splitQuoted(text, ';')) {
    const match = /^\s*([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s";,=]+))\s*$/.exec(pair);
    if (match === null) return undefined;
    const name = (match[1] ?? '').toLowerCase();
    if (Object.hasOwn(element, name)) return undefined;
    element[name] = match[3] ?? (match[2] ?? '').replace(/\\(.)/g, '$1');
  }
  return element;
}

/** Splits where `separator` stands outside of quotes. */
function splitQuoted(text: string, separator: string): string[] {
  const parts: string[] = [];
  let start = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '\\' && quoted) index++;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
