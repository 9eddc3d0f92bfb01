/**
 * What a process prints, in a file that stays small: when it is full it becomes `<name>.1`, and the one before goes.
 *
 * Written synchronously: lines are few, and those before a crash are the ones that count.
 */
import { closeSync, fstatSync, openSync, renameSync, writeSync } from 'node:fs';

export interface RotatingLogOptions {
  readonly file: string;
  /** Size at which the file is full, in bytes. Default 10 MB. */
  readonly maxBytes?: number;
  /** How many of the last lines are remembered. Default 20. */
  readonly rememberedLines?: number;
}

const MAX_LINE_CHARACTERS = 500;

export class RotatingLog {
  readonly #file: string;
  readonly #maxBytes: number;
  readonly #rememberedLines: number;
  readonly #lastLines: string[] = [];
  #descriptor: number | undefined;
  #bytes = 0;

  constructor({ file, maxBytes = 10_000_000, rememberedLines = 20 }: RotatingLogOptions) {
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.#rememberedLines = rememberedLines;
  }

  get file(): string {
    return this.#file;
  }

  /** Oldest first, each cut to a readable length. */
  get lastLines(): readonly string[] {
    return this.#lastLines;
  }

  forgetLines(): void {
    this.#lastLines.length = 0;
  }

  /** Never throws: a full disk must not end the fleet. */
  write(text: string): void {
    for (const line of text.split('\n')) if (line !== '') this.#lastLines.push(line.slice(0, MAX_LINE_CHARACTERS));
    this.#lastLines.splice(0, this.#lastLines.length - this.#rememberedLines);
    try {
      const descriptor = this.#open(Buffer.byteLength(text));
      this.#bytes += writeSync(descriptor, text);
    } catch {
      this.close();
    }
  }

  close(): void {
    if (this.#descriptor === undefined) return;
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }

  #open(moreBytes: number): number {
    if (this.#descriptor !== undefined && this.#bytes > 0 && this.#bytes + moreBytes > this.#maxBytes) {
      this.close();
      renameSync(this.#file, `${this.#file}.1`);
    }
    if (this.#descriptor === undefined) {
      this.#descriptor = openSync(this.#file, 'a', 0o600);
      this.#bytes = fstatSync(this.#descriptor).size;
    }
    return this.#descriptor;
  }
}
