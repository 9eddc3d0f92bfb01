/**
 * The grammar of a feed chain: a comma list of elements, each an id and parameters.
 *
 * Source: RFC 8586 (CDN-Loop), section 2; RFC 9110, sections 5.6.1 (lists), 5.6.2 (tokens) and 5.6.4 (quoted strings).
 * Narrower than RFC 8586: a host name holds token characters only, since the others of RFC 3986 make lists ambiguous.
 */

/** One feed, or other stop, that a query has come through. */
export interface ChainElement {
  /** As sent. A pseudonym, or a host with an optional port. */
  readonly id: string;
  /** In the order sent. */
  readonly parameters: readonly ChainParameter[];
}

export interface ChainParameter {
  /** In lower case. */
  readonly name: string;
  /** Without the quotes and their escapes. */
  readonly value: string;
}

export type ParsedChain =
  | { readonly outcome: 'parsed'; readonly elements: readonly ChainElement[] }
  | { readonly outcome: 'tooManyElements' }
  /** One sentence that names the place. */
  | { readonly outcome: 'malformed'; readonly detail: string };

const tokenCharacter = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]";
const idPattern = new RegExp(`(?:${tokenCharacter}+|\\[[0-9A-Fa-f:.]+\\])(?::[0-9]{0,5})?`, 'y');
const tokenPattern = new RegExp(`${tokenCharacter}+`, 'y');
const wholeTokenPattern = new RegExp(`^${tokenCharacter}+$`);
const quotedPattern = /"((?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*)"/y;
const blankPattern = /[ \t]*/y;
const listGapPattern = /[ \t,]*/y;
const shownCharacters = 40;

/** Printable ASCII of what stands at a place, short enough for a sentence. */
function shown(text: string, at: number): string {
  if (at >= text.length) return 'the end';
  const excerpt = text.slice(at, at + shownCharacters).replace(/[^\x20-\x7e]/g, '?');
  return `"${excerpt}"${at + shownCharacters < text.length ? '...' : ''}`;
}

class Malformed extends Error {}

/** Reads one text from left to right, each character once. */
class ChainReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  skipListGap(): void {
    this.#take(listGapPattern);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length;
  }

  element(): ChainElement {
    const id = this.#expect(idPattern, 'an id (token characters, or a host with a port)');
    const parameters: ChainParameter[] = [];
    this.#take(blankPattern);
    while (this.#text[this.#at] === ';') {
      this.#at += 1;
      this.#take(blankPattern);
      parameters.push(this.#parameter());
      this.#take(blankPattern);
    }
    if (!this.isAtEnd && this.#text[this.#at] !== ',') this.#refuse('a comma, a semicolon or the end');
    return { id, parameters };
  }

  #parameter(): ChainParameter {
    const name = this.#expect(tokenPattern, 'the name of a parameter').toLowerCase();
    if (this.#text[this.#at] !== '=') this.#refuse(`"=" after the parameter name`);
    this.#at += 1;
    if (this.#text[this.#at] !== '"') return { name, value: this.#expect(tokenPattern, 'a token or a quoted string') };
    const quoted = this.#expect(quotedPattern, 'a quoted string that is closed and without control characters');
    return { name, value: quoted.slice(1, -1).replace(/\\(.)/g, '$1') };
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #expect(pattern: RegExp, expected: string): string {
    return this.#take(pattern) ?? this.#refuse(expected);
  }

  #refuse(expected: string): never {
    throw new Malformed(`at character ${this.#at + 1}: expected ${expected}, got ${shown(this.#text, this.#at)}`);
  }
}

/**
 * Takes the joined lines of a header apart. Empty members of the list are passed over.
 *
 * @param maxElements - reading ends with the first element beyond.
 */
export function parseChain(text: string, maxElements: number): ParsedChain {
  const reader = new ChainReader(text);
  const elements: ChainElement[] = [];
  try {
    reader.skipListGap();
    while (!reader.isAtEnd) {
      const element = reader.element();
      if (elements.length === maxElements) return { outcome: 'tooManyElements' };
      elements.push(element);
      reader.skipListGap();
    }
  } catch (error) {
    if (error instanceof Malformed) return { outcome: 'malformed', detail: error.message };
    throw error;
  }
  return { outcome: 'parsed', elements };
}

const writtenValue = (value: string): string =>
  wholeTokenPattern.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;

/** An element as it is sent: without blanks, quotes only where they are needed. */
export function serializeElement({ id, parameters }: ChainElement): string {
  return [id, ...parameters.map(({ name, value }) => `${name}=${writtenValue(value)}`)].join(';');
}

export function serializeChain(elements: readonly ChainElement[]): string {
  return elements.map(serializeElement).join(', ');
}
