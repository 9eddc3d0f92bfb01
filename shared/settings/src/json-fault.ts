/**
 * Where a text stops being JSON. `JSON.parse` names a position for some faults only, so the place is found here.
 *
 * Source: RFC 8259, "The JavaScript Object Notation (JSON) Data Interchange Format", sections 2 to 7.
 */

export interface JsonFault {
  /** Both count from 1. */
  readonly line: number;
  readonly column: number;
}

const BLANKS = /[ \t\n\r]*/y;
const SCALAR =
  /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/** @param text - a text that `JSON.parse` refuses. */
export function findJsonFault(text: string): JsonFault {
  const offset = new JsonReader(text).firstFault();
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** Thrown inside the reader only; carries no message, the offset is what counts. */
class Stop extends Error {}

class JsonReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  firstFault(): number {
    try {
      this.#value();
      this.#skipBlanks();
    } catch (error) {
      if (!(error instanceof Stop)) throw error;
    }
    return this.#at;
  }

  #value(): void {
    this.#skipBlanks();
    if (this.#text[this.#at] === '{') {
      this.#members('}', () => {
        this.#string();
        this.#expect(':');
        this.#value();
      });
    } else if (this.#text[this.#at] === '[') {
      this.#members(']', () => this.#value());
    } else {
      this.#match(SCALAR);
    }
  }

  #members(end: string, member: () => void): void {
    this.#at += 1;
    this.#skipBlanks();
    if (this.#text[this.#at] === end) {
      this.#at += 1;
      return;
    }
    for (;;) {
      member();
      this.#skipBlanks();
      if (this.#text[this.#at] !== ',') break;
      this.#at += 1;
    }
    this.#expect(end);
  }

  #string(): void {
    this.#skipBlanks();
    if (this.#text[this.#at] !== '"') throw new Stop();
    this.#match(SCALAR);
  }

  #expect(character: string): void {
    this.#skipBlanks();
    if (this.#text[this.#at] !== character) throw new Stop();
    this.#at += 1;
  }

  #match(pattern: RegExp): void {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) throw new Stop();
    this.#at = pattern.lastIndex;
  }

  #skipBlanks(): void {
    this.#match(BLANKS);
  }
}
