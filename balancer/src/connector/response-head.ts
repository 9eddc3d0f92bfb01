/**
 * The head of an answer: strict, because what two readers could understand differently is how answers get mixed up.
 *
 * Refused: a bare CR or LF, control characters, a folded line, a name that is no token or has a space after it, a length that is
 * no number or comes twice, any coding but `chunked`, a length beside a coding, an answer that changes the protocol.
 *
 * Source: RFC 9112, sections 2.2, 4, 5, 6.1 and 6.3; RFC 9110, section 15.2 (interim answers).
 */
import type { HeaderName, HeaderNames } from './header-names.ts';

/** How the end of the body is told; `close` is by the end of the connection. */
type ResponseFraming = 'none' | 'length' | 'chunked' | 'close';

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Name, value, name, value, ...: spelled as they came, without those that end at this connection. */
  readonly headers: string[];
  readonly framing: ResponseFraming;
  /** Bytes of the body where the framing is `length`, else 0. */
  readonly length: number;
  /** Whether the connection takes another request after this answer. */
  readonly persistent: boolean;
  /** The value of `Keep-Alive`; empty when there is none. */
  readonly keepAlive: string;
}

export interface ResponseHeadRules {
  readonly names: HeaderNames;
  /** The answer to HEAD has no body whatever it says. */
  readonly isHead: boolean;
  /** Fields, by lower-case name, that are replaced: the endpoint's are dropped. */
  readonly replaced: Readonly<Record<string, string>>;
}

/** Control characters other than tab, and line ends that are not CR LF. */

const FORBIDDEN = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/;
const TAB = 0x09;
const SPACE = 0x20;

/** Whether text from the wire has a character that no head may have, wherever in the head that is. */
export function isForbidden(text: string): boolean {
  return FORBIDDEN.test(text);
}

/**
 * @param text - from the status line up to and including the CR LF of the last field; one character for each byte.
 * @returns `undefined` for what is not an answer by HTTP's rules.
 */
export function parseResponseHead(text: string, rules: ResponseHeadRules): ResponseHead | undefined {
  if (isForbidden(text)) return undefined;
  const lineEnd = text.indexOf('\r\n');
  const status = statusOf(text, lineEnd);
  if (status === undefined) return undefined;
  const fields = new Fields(rules);
  for (let start = lineEnd + 2; start < text.length;) {
    const end = text.indexOf('\r\n', start);
    if (!fields.take(text, start, end)) return undefined;
    start = end + 2;
  }
  const isHttp10 = text.charCodeAt(7) === 0x30;
  return fields.finish(status, lineEnd > 13 ? text.slice(13, lineEnd) : '', isHttp10);
}

/** `HTTP/1.1 200 OK`, `HTTP/1.1 200 ` and `HTTP/1.1 200`. */
function statusOf(text: string, lineEnd: number): number | undefined {
  if (!text.startsWith('HTTP/1.1 ') && !text.startsWith('HTTP/1.0 ')) return undefined;
  if (lineEnd < 12 || (lineEnd > 12 && text.charCodeAt(12) !== SPACE)) return undefined;
  const digits = text.slice(9, 12);
  return /^[1-5][0-9][0-9]$/.test(digits) ? Number(digits) : undefined;
}

/** The fields of one head while they are read. */
class Fields {
  readonly #rules: ResponseHeadRules;
  readonly #headers: string[] = [];
  #connection: string | undefined;
  #keepAlive = '';
  #coding: string | undefined;
  #length: string | undefined;

  constructor(rules: ResponseHeadRules) {
    this.#rules = rules;
  }

  /** @returns false for a line that is no field. */
  take(text: string, start: number, end: number): boolean {
    const colon = text.indexOf(':', start);
    if (colon === -1 || colon > end) return false;
    const spelled = text.slice(start, colon);
    const name = this.#rules.names.of(spelled);
    if (name === undefined) return false;
    return this.#keep(spelled, name, valueIn(text, colon + 1, end));
  }

  #keep(spelled: string, { role, lower }: HeaderName, value: string): boolean {
    switch (role) {
      case 'connection':
        this.#connection = this.#connection === undefined ? value : `${this.#connection},${value}`;
        return true;
      case 'keep-alive':
        this.#keepAlive = value;
        return true;
      case 'hop':
        return true;
      case 'transfer-encoding':
        if (this.#coding !== undefined) return false;
        this.#coding = value.toLowerCase();
        return true;
      case 'content-length':
        if (this.#length !== undefined || !/^[0-9]{1,15}$/.test(value)) return false;
        this.#length = value;
        break;
      case 'host':
      case 'other':
    }
    if (!Object.hasOwn(this.#rules.replaced, lower)) this.#headers.push(spelled, value);
    return true;
  }

  finish(status: number, reason: string, isHttp10: boolean): ResponseHead | undefined {
    if (status === 101) return undefined;
    if (this.#coding !== undefined && (this.#coding !== 'chunked' || this.#length !== undefined || isHttp10)) {
      return undefined;
    }
    const framing = this.#framingOf(status);
    const connection = this.#connection?.toLowerCase();
    const closes = connection !== undefined && connection !== 'keep-alive' && namesIn(connection).includes('close');
    return {
      status,
      reason,
      headers: connection === undefined ? this.#headers : this.#withoutNamed(connection),
      framing,
      length: framing === 'length' ? Number(this.#length) : 0,
      persistent: !closes && !isHttp10 && framing !== 'close',
      keepAlive: this.#keepAlive,
    };
  }

  #framingOf(status: number): ResponseFraming {
    if (this.#rules.isHead || status < 200 || status === 204 || status === 304) return 'none';
    if (this.#coding !== undefined) return 'chunked';
    if (this.#length === undefined) return 'close';
    return Number(this.#length) === 0 ? 'none' : 'length';
  }

  /** `Connection` may stand after what it names. */
  #withoutNamed(connection: string): string[] {
    if (connection === 'keep-alive' || connection === 'close') return this.#headers;
    // The framing stays, whatever is said about it: it is what the body was read by.
    const named = new Set(namesIn(connection).filter((name) => name !== 'content-length'));
    const kept: string[] = [];
    for (let index = 0; index + 1 < this.#headers.length; index += 2) {
      const name = this.#headers[index] ?? '';
      if (!named.has(name.toLowerCase())) kept.push(name, this.#headers[index + 1] ?? '');
    }
    return kept;
  }
}

function namesIn(connection: string): string[] {
  return connection.split(',').map((name) => name.trim());
}

function valueIn(text: string, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
