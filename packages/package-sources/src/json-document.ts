/**
 * JSON of any size without holding up others: a large document is cut into its members, and these into theirs, until what is left is
 * small enough to be parsed in one go.
 *
 * Where to cut is found by reading strings and brackets only; whether a piece is JSON is for `JSON.parse` to say.
 */
import { malformed } from './source-refusal.ts';
import { Turns } from './turns.ts';

/** What `JSON.parse` takes in well under a millisecond. */
const PIECE_BYTES = 64 * 1024;
/** Documents of the protocol have the versions of an id at depth 5; what is deeper comes in pieces, or is none of them. */
const MAX_CUT_DEPTH = 8;
/** At that depth, what cannot be cut any more. */
const MAX_PIECE_BYTES = 1024 * 1024;
/** Bytes that are read between two looks at the clock, whatever they are. */
const STRIDE_BYTES = 4096;
/** Values of one document: what takes a few bytes to write takes many times as much in memory. */
const MAX_VALUES = 1_000_000;

const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

type TurnTaking = Pick<Turns, 'isOver' | 'next'>;

/**
 * @param turns - when others get their turn, within a few milliseconds by default.
 * @throws {SourceRefusal} when it is not JSON, or has too many values. @throws the signal's reason.
 */
export async function parseJson(
  bytes: Buffer,
  signal: AbortSignal,
  turns: TurnTaking = new Turns(signal),
): Promise<unknown> {
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  const text = hasMark ? bytes.subarray(3) : bytes;
  return new Cutter(text, turns).value({ from: 0, to: text.length }, 0);
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Members of an object or a list that stand side by side: several small ones, or one that is too large for a piece. */
interface Part extends Span {
  readonly isLarge: boolean;
}

/** How far the members of an object or a list were read. */
interface Reading {
  at: number;
  /** Brackets that are open inside of it. */
  open: number;
  /** No fewer than there are. */
  values: number;
}

const notJson = (): Error => malformed('The source answered with what is not JSON');
const tooLarge = (): Error => malformed('The source answered a JSON document that has too large a part');
const tooMany = (): Error => malformed(`The source answered a JSON document of more than ${MAX_VALUES} values`);

class Cutter {
  readonly #bytes: Buffer;
  readonly #turns: TurnTaking;

  constructor(bytes: Buffer, turns: TurnTaking) {
    this.#bytes = bytes;
    this.#turns = turns;
  }

  async value(span: Span, depth: number): Promise<unknown> {
    const { from, to } = this.#trimmed(span);
    const kind = this.#bytes[from];
    const isContainer = kind === OPEN_OBJECT || kind === OPEN_LIST;
    if (to - from <= PIECE_BYTES || !isContainer || depth === MAX_CUT_DEPTH) return this.#piece({ from, to });
    // Whoever reads the whole counts what is in its members too.
    const parts = await this.#parts({ from, to }, depth === 0 ? MAX_VALUES : Infinity);
    return kind === OPEN_LIST ? this.#list(parts, depth) : this.#object(parts, depth);
  }

  #piece({ from, to }: Span, around = ''): unknown {
    if (to - from > MAX_PIECE_BYTES) throw tooLarge();
    const text = this.#bytes.toString('utf8', from, to);
    try {
      return JSON.parse(around === '' ? text : `${around.charAt(0)}${text}${around.charAt(1)}`) as unknown;
    } catch {
      const isMarkup = this.#bytes[this.#trimmed({ from: 0, to: this.#bytes.length }).from] === 0x3c;
      throw isMarkup ? malformed('The source answered with a web page or XML where JSON was expected') : notJson();
    }
  }

  async #list(parts: readonly Part[], depth: number): Promise<unknown[]> {
    const list: unknown[] = [];
    for (const part of parts) {
      if (this.#turns.isOver) await this.#turns.next();
      if (part.isLarge) list.push(await this.value(part, depth + 1));
      else for (const one of this.#piece(part, '[]') as unknown[]) list.push(one);
    }
    return list;
  }

  async #object(parts: readonly Part[], depth: number): Promise<Record<string, unknown>> {
    const object: Record<string, unknown> = {};
    // Also a member of the name `__proto__` is one of its own.
    const add = (name: string, value: unknown): void =>
      void Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
    for (const part of parts) {
      if (this.#turns.isOver) await this.#turns.next();
      if (part.isLarge) {
        const colon = this.#colonOf(part);
        const name = this.#piece({ from: part.from, to: colon });
        if (typeof name !== 'string') throw notJson();
        add(name, await this.value({ from: colon + 1, to: part.to }, depth + 1));
      } else
        for (const [name, value] of Object.entries(this.#piece(part, '{}') as Record<string, unknown>))
          add(name, value);
    }
    return object;
  }

  /** The colon behind the name of a member. */
  #colonOf({ from, to }: Span): number {
    const start = this.#trimmed({ from, to }).from;
    if (this.#bytes[start] !== QUOTE) throw notJson();
    const colon = this.#bytes.indexOf(COLON, this.#endOfString(start, to));
    if (colon === -1 || colon >= to) throw notJson();
    return colon;
  }

  async #parts({ from, to }: Span, maxValues: number): Promise<readonly Part[]> {
    const last = to - 1;
    if (this.#bytes[last] !== (this.#bytes[from] === OPEN_LIST ? CLOSE_LIST : CLOSE_OBJECT)) throw notJson();
    const parts: Part[] = [];
    const add = (start: number, end: number, isLarge: boolean): void => {
      const part = this.#trimmed({ from: start, to: end });
      if (part.from === part.to) throw notJson();
      parts.push({ ...part, isLarge });
    };
    let partStart = from + 1;
    let memberStart = partStart;
    const endMember = (end: number): void => {
      if (end - partStart > PIECE_BYTES && memberStart > partStart) {
        add(partStart, memberStart - 1, false);
        partStart = memberStart;
      }
      if (end - partStart > PIECE_BYTES) {
        add(partStart, end, true);
        partStart = end + 1;
      }
      memberStart = end + 1;
    };
    const reading: Reading = { at: from + 1, open: 0, values: 2 };
    while (reading.at < last) {
      this.#stride(reading, last, endMember);
      if (reading.values > maxValues) throw tooMany();
      if (this.#turns.isOver) await this.#turns.next();
    }
    endMember(last);
    if (partStart <= last) add(partStart, last, false);
    return parts;
  }

  /** Reads on, and tells of each comma that lies inside no further bracket. */
  #stride(reading: Reading, last: number, onComma: (at: number) => void): void {
    const end = Math.min(last, reading.at + STRIDE_BYTES);
    let { at, open, values } = reading;
    for (; at < end; at += 1) {
      const byte = this.#bytes[at];
      if (byte === QUOTE) at = this.#endOfString(at, last) - 1;
      else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
        open += 1;
        values += 1;
      } else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) open -= 1;
      else if (byte === COMMA) {
        values += 1;
        if (open === 0) onComma(at);
      }
    }
    Object.assign(reading, { at, open, values });
  }

  /** The place behind the quote that ends the string that begins at `from`. */
  #endOfString(from: number, to: number): number {
    const end = Math.min(to, from + MAX_PIECE_BYTES);
    for (let at = from + 1; at < end; at += 1) {
      const byte = this.#bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH) at += 1;
    }
    if (end < to) throw tooLarge();
    return to;
  }

  #trimmed({ from, to }: Span): Span {
    let [start, end] = [from, to];
    while (start < end && isBlank(this.#bytes[start])) start += 1;
    while (end > start && isBlank(this.#bytes[end - 1])) end -= 1;
    if (start - from > MAX_PIECE_BYTES || to - end > MAX_PIECE_BYTES) throw tooLarge();
    return { from: start, to: end };
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
