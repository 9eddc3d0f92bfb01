/**
 * The file of the access log: entries are gathered, made lines of together, and written together; the files are bounded in size and number.
 *
 * Lines are made in batches because a processor that has just done other work takes several times as long for the first one.
 *
 * Nobody waits for it. A disk that is slow or full costs lines and never requests; how many were lost is told when it can be.
 */
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Logger } from '@feedfleet/host';

export interface AccessFileOptions<E> {
  readonly file: string;
  /** One line with its end of line. */
  readonly lineOf: (entry: E) => string;
  readonly log: Logger;
  /** When a file is full, in bytes. Default 50 MB. */
  readonly maxBytes?: number;
  /** How many full files are kept, as `<file>.1` (the newest) and so on. Default 4. */
  readonly keep?: number;
  /** How long a line waits for others, in milliseconds. Default 250. */
  readonly flushMs?: number;
}

/** Entries that wait to be made lines of. */
const BATCH = 64;
/** Most characters that wait; what comes then is lost. */
const MAX_WAITING = 8_000_000;

export class AccessFile<E> {
  readonly #file: string;
  readonly #log: Logger;
  readonly #maxBytes: number;
  readonly #keep: number;
  readonly #flushMs: number;
  readonly #lineOf: (entry: E) => string;
  #entries: E[] = [];
  #lines: string[] = [];
  #waiting = 0;
  #lost = 0;
  #timer: NodeJS.Timeout | undefined;
  #handle: FileHandle | undefined;
  #bytes = 0;
  #hasFailed = false;
  #writing: Promise<void> = Promise.resolve();

  constructor({ file, lineOf, log, maxBytes = 50_000_000, keep = 4, flushMs = 250 }: AccessFileOptions<E>) {
    this.#file = file;
    this.#lineOf = lineOf;
    this.#log = log;
    this.#maxBytes = maxBytes;
    this.#keep = keep;
    this.#flushMs = flushMs;
  }

  write(entry: E): void {
    this.#entries.push(entry);
    if (this.#entries.length >= BATCH) this.#makeLines();
    this.#timer ??= setTimeout(() => void this.flush(), this.#flushMs);
  }

  /** Writes what waits. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#makeLines();
    this.#writing = this.#writing.then(() => this.#flush());
    return this.#writing;
  }

  async close(): Promise<void> {
    await this.flush();
    await this.#closeHandle();
  }

  #makeLines(): void {
    for (const entry of this.#entries) {
      const line = this.#lineOf(entry);
      if (this.#waiting + line.length > MAX_WAITING) {
        this.#lost += 1;
        continue;
      }
      this.#lines.push(line);
      this.#waiting += line.length;
    }
    this.#entries = [];
  }

  async #flush(): Promise<void> {
    if (this.#lines.length === 0) return;
    const lines = this.#lines;
    const lost = this.#lost;
    this.#lines = [];
    this.#waiting = 0;
    this.#lost = 0;
    try {
      await this.#append(Buffer.from(lines.join('')));
      if (lost > 0) this.#log.warn('lines of the access log were lost', { 'log.lost': lost });
      this.#hasFailed = false;
    } catch (error) {
      this.#lost += lost + lines.length;
      if (!this.#hasFailed) this.#log.error('the access log cannot be written', error, { 'file.path': this.#file });
      this.#hasFailed = true;
      await this.#closeHandle();
    }
  }

  async #append(bytes: Buffer): Promise<void> {
    if (this.#handle !== undefined && this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) {
      await this.#closeHandle();
      await this.#rotate();
    }
    const handle = (this.#handle ??= await this.#open());
    await handle.appendFile(bytes);
    this.#bytes += bytes.length;
  }

  async #open(): Promise<FileHandle> {
    const handle = await open(this.#file, constants.O_APPEND | constants.O_CREAT | constants.O_WRONLY, 0o600);
    this.#bytes = (await handle.stat()).size;
    return handle;
  }

  async #rotate(): Promise<void> {
    if (this.#keep < 1) await rm(this.#file, { force: true });
    for (let number = this.#keep; number > 0; number--) {
      const older = number === 1 ? this.#file : `${this.#file}.${number - 1}`;
      await rename(older, `${this.#file}.${number}`).catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      });
    }
  }

  async #closeHandle(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => undefined);
  }
}
