/**
 * Takes the package out of a multipart body while it arrives.
 *
 * Never holds back more than a boundary line, however large the package: what may be the start of a boundary waits for the
 * next chunk, everything before it goes on. Lines may end with a bare LF: nuget.exe 2.8.7 on mono ends the part with one, and
 * strict readers never find its boundary or take the last byte of the zip for the CR.
 *
 * Source: RFC 2046, section 5.1.1, "Common Syntax".
 */
import { badUpload, parsePartHead } from './multipart-head.ts';
import type { PartHead } from './multipart-head.ts';

const MAX_PREAMBLE_BYTES = 16_384;
const MAX_HEAD_BYTES = 16_384;
const MAX_PARTS = 100;
/** Of all parts before the file together: form fields, which nobody needs. */
const MAX_SKIPPED_BYTES = 65_536;
const MAX_LINE_BYTES = 1024;

const LF = 0x0a;
const CR = 0x0d;
const DASH = 0x2d;
const EMPTY = Buffer.alloc(0);

/** Where a delimiter begins, with the line break before it, and where what follows it begins. */
interface Delimiter {
  readonly start: number;
  readonly end: number;
}

export class MultipartReader {
  readonly #source: AsyncIterator<Uint8Array>;
  /** A delimiter without the line break before it. */
  readonly #dashBoundary: Buffer;
  readonly #delimiter: Buffer;
  /** What has arrived and is not used up. */
  #buffer: Buffer = EMPTY;
  #isEnded = false;

  constructor(source: AsyncIterator<Uint8Array>, boundary: string) {
    this.#source = source;
    this.#dashBoundary = Buffer.from(`--${boundary}`, 'latin1');
    this.#delimiter = Buffer.concat([Buffer.from([LF]), this.#dashBoundary]);
  }

  /**
   * Reads up to the content of the first part that is a file, whatever its name.
   *
   * @throws ProblemError `FF_INVALID_REQUEST` when there is none.
   */
  async openFile(): Promise<PartHead> {
    await this.#skipPreamble();
    let skippedBytes = 0;
    for (let parts = 0; parts < MAX_PARTS && !(await this.#isLastDelimiter()); parts += 1) {
      const head = parsePartHead(await this.#readHead());
      if (head.isFile) return head;
      for await (const piece of this.content()) {
        skippedBytes += piece.length;
        if (skippedBytes > MAX_SKIPPED_BYTES) {
          throw badUpload(`The multipart body has more than ${MAX_SKIPPED_BYTES} bytes before its file`);
        }
      }
    }
    throw badUpload('The multipart body has no file');
  }

  /** The content of the part whose head was read, up to its boundary. */
  async *content(): AsyncGenerator<Buffer> {
    for (;;) {
      const delimiter = this.#findDelimiter();
      if (delimiter !== undefined) {
        const content = this.#take(delimiter.start);
        this.#take(delimiter.end - delimiter.start);
        if (content.length > 0) yield content;
        return;
      }
      const content = this.#take(this.#safeLength());
      if (content.length > 0) yield content;
      if (!(await this.#fill())) throw badUpload('The upload ended before its last boundary');
    }
  }

  /** The first delimiter may stand at the very beginning, without a line break before it. */
  async #skipPreamble(): Promise<void> {
    while (this.#buffer.length < this.#dashBoundary.length + 2 && (await this.#fill()));
    if (this.#buffer.subarray(0, this.#dashBoundary.length).equals(this.#dashBoundary)) {
      this.#take(this.#dashBoundary.length);
      return;
    }
    for (let skipped = 0; ;) {
      const delimiter = this.#findDelimiter();
      if (delimiter !== undefined) {
        this.#take(delimiter.end);
        return;
      }
      skipped += this.#take(this.#safeLength()).length;
      if (skipped > MAX_PREAMBLE_BYTES || !(await this.#fill())) {
        throw badUpload('The multipart body does not hold its boundary');
      }
    }
  }

  /** Reads the rest of a delimiter's line: `--` after the last one, else at most white space. */
  async #isLastDelimiter(): Promise<boolean> {
    while (this.#buffer.length < 2 && (await this.#fill()));
    if (this.#buffer.length < 2 || (this.#buffer[0] === DASH && this.#buffer[1] === DASH)) return true;
    await this.#readLine(MAX_LINE_BYTES);
    return false;
  }

  async #readHead(): Promise<string> {
    let head = '';
    for (;;) {
      const line = await this.#readLine(MAX_HEAD_BYTES - head.length);
      if (line === '') return head;
      head += `${line}\n`;
    }
  }

  /** One line without its break; one byte a character. */
  async #readLine(maxBytes: number): Promise<string> {
    for (;;) {
      const end = this.#buffer.indexOf(LF);
      if (end > maxBytes || (end === -1 && this.#buffer.length > maxBytes)) {
        throw badUpload('The head of a multipart part is too long');
      }
      if (end !== -1)
        return this.#take(end + 1)
          .toString('latin1')
          .replace(/\r?\n$/, '');
      if (!(await this.#fill())) throw badUpload('The upload ended before its last boundary');
    }
  }

  /** Only where the line after the boundary is one of a delimiter, as far as it has arrived. */
  #findDelimiter(): Delimiter | undefined {
    for (let from = 0; ; from += 1) {
      const found = this.#buffer.indexOf(this.#delimiter, from);
      if (found === -1) return undefined;
      const end = found + this.#delimiter.length;
      if (!this.#isEnded && this.#buffer.length < end + 2) return undefined;
      if (this.#endsDelimiter(end)) {
        return { start: found > 0 && this.#buffer[found - 1] === CR ? found - 1 : found, end };
      }
      from = found;
    }
  }

  #endsDelimiter(at: number): boolean {
    const [first, second] = [this.#buffer[at], this.#buffer[at + 1]];
    if (first === DASH) return second === DASH;
    return first === undefined || first === CR || first === LF || first === 0x20 || first === 0x09;
  }

  /** How much at the beginning can be part of no delimiter that is still arriving. */
  #safeLength(): number {
    const held = this.#delimiter.length + 2;
    const lineBreak = this.#buffer.indexOf(LF, Math.max(0, this.#buffer.length - held));
    const start = lineBreak === -1 ? this.#buffer.length : lineBreak;
    return start > 0 && this.#buffer[start - 1] === CR ? start - 1 : start;
  }

  #take(length: number): Buffer {
    const taken = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return taken;
  }

  async #fill(): Promise<boolean> {
    if (this.#isEnded) return false;
    const next = await this.#source.next();
    if (next.done === true) {
      this.#isEnded = true;
      // Once more around: at the end, less has to follow a delimiter.
      return true;
    }
    const { buffer, byteOffset, byteLength } = next.value;
    const chunk = Buffer.from(buffer, byteOffset, byteLength);
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    return true;
  }
}
