/** Writes the static site at once when a state changes, and every so often, so that its ages are true. */
import type { Logger } from '@feedfleet/host';
import type { SiteFile } from '@feedfleet/status-page';

import type { StaticSite } from './static-site.ts';

export interface StaticWriterOptions {
  readonly site: StaticSite;
  readonly files: () => readonly SiteFile[];
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

const EVERY_MS = 15_000;

export class StaticWriter {
  readonly #options: StaticWriterOptions;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isWanted = false;
  #hasFailed = false;
  /** When all of it was last written; `NaN` before. */
  writtenAt = Number.NaN;

  constructor(options: StaticWriterOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.soon(), EVERY_MS);
    this.#timer.unref();
    this.soon();
  }

  /** Writes, or writes once more when it is at it. */
  soon(): void {
    this.#isWanted = true;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#isWanted = false;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isWanted) {
      this.#isWanted = false;
      await this.#write();
    }
  }

  async #write(): Promise<void> {
    const { site, files, log, now } = this.#options;
    try {
      await site.write(files());
      this.writtenAt = now();
      if (this.#hasFailed) log.info('the static status page is written again');
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) log.error('the static status page cannot be written', error);
      this.#hasFailed = true;
    }
  }
}
