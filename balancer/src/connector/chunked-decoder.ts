/**
 * The chunked coding taken off: sizes are checked, extensions and trailers are read and dropped, data is handed on as it lies in
 * the buffer that it came in.
 *
 * Source: RFC 9112, section 7.1 "Chunked Transfer Coding". Narrower: no blanks around a size, no bare line feeds, and bounds for
 * sizes, extensions and trailers.
 */

/** Hexadecimal digits of a size: a double counts them exactly. */
const MAX_SIZE_DIGITS = 12;
/** Bytes of all extensions of a body and of its trailers, with the signs and line ends around them. */
const MAX_DROPPED_BYTES = 16_384;

const CR = 0x0d;
const LF = 0x0a;

type State =
  | 'size'
  | 'extension'
  | 'sizeEnd'
  | 'data'
  | 'dataCr'
  | 'dataEnd'
  | 'trailer'
  | 'trailerName'
  | 'trailerValue'
  | 'trailerEnd'
  | 'lastEnd';

export class ChunkedDecoder {
  #state: State = 'size';
  #size = 0;
  #digits = 0;
  #dropped = 0;

  /**
   * Takes bytes up to the end of the body.
   *
   * @param sink - told of each part, a view of `chunk`.
   * @returns how many bytes of `chunk` were read in all (`next`), and how it stands.
   */
  take(
    chunk: Buffer,
    from: number,
    sink: { body(part: Buffer): void },
  ): { readonly next: number; readonly outcome: 'more' | 'done' | 'invalid' } {
    let at = from;
    while (at < chunk.length) {
      if (this.#state === 'data') {
        const end = Math.min(chunk.length, at + this.#size);
        this.#size -= end - at;
        if (this.#size === 0) this.#state = 'dataCr';
        sink.body(chunk.subarray(at, end));
        at = end;
        continue;
      }
      const outcome = this.#step(chunk[at] ?? 0);
      at++;
      if (outcome !== 'more') return { next: at, outcome };
    }
    return { next: at, outcome: 'more' };
  }

  #step(byte: number): 'more' | 'done' | 'invalid' {
    switch (this.#state) {
      case 'size':
        return this.#sizeStep(byte);
      case 'extension':
        return byte === CR ? this.#go('sizeEnd') : this.#count(isTextByte(byte));
      case 'sizeEnd':
        if (byte !== LF) return 'invalid';
        return this.#go(this.#size === 0 ? 'trailer' : 'data');
      case 'dataCr':
        return byte === CR ? this.#go('dataEnd') : 'invalid';
      case 'dataEnd':
        this.#digits = 0;
        return byte === LF ? this.#go('size') : 'invalid';
      case 'lastEnd':
        return byte === LF ? 'done' : 'invalid';
      default:
        return this.#count(this.#trailerStep(byte));
    }
  }

  #sizeStep(byte: number): 'more' | 'invalid' {
    const digit = hexadecimal(byte);
    if (digit >= 0) {
      if (++this.#digits > MAX_SIZE_DIGITS) return 'invalid';
      this.#size = this.#size * 16 + digit;
      return 'more';
    }
    if (this.#digits === 0) return 'invalid';
    if (byte === CR) return this.#go('sizeEnd');
    if (byte !== 0x3b) return 'invalid';
    this.#go('extension');
    return this.#count(true);
  }

  /** @returns whether the byte may stand here. */
  #trailerStep(byte: number): boolean {
    switch (this.#state) {
      case 'trailer':
        this.#state = byte === CR ? 'lastEnd' : 'trailerName';
        return byte === CR || isTokenByte(byte);
      case 'trailerName':
        if (byte === 0x3a) this.#state = 'trailerValue';
        return byte === 0x3a || isTokenByte(byte);
      case 'trailerValue':
        if (byte === CR) this.#state = 'trailerEnd';
        return byte === CR || isTextByte(byte);
      default:
        this.#state = 'trailer';
        return byte === LF;
    }
  }

  #go(state: State): 'more' {
    this.#state = state;
    return 'more';
  }

  /** Of each byte that is read and dropped. */
  #count(isValid: boolean): 'more' | 'invalid' {
    this.#dropped++;
    return isValid && this.#dropped <= MAX_DROPPED_BYTES ? 'more' : 'invalid';
  }
}

function isTextByte(byte: number): boolean {
  return (byte >= 0x20 && byte !== 0x7f) || byte === 0x09;
}

function hexadecimal(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** RFC 9110, section 5.6.2: letters, digits and some signs; all of them are visible and none of them separates. */
function isTokenByte(byte: number): boolean {
  if (byte <= 0x20 || byte >= 0x7f) return false;
  return !'"(),/:;<=>?@[\\]{}'.includes(String.fromCharCode(byte));
}
