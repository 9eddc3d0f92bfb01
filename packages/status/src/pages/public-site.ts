/**
 * The public site as it is answered: a file is made at the first request after a change, or after some seconds, and is then the same
 * bytes for everybody, so that a crowd costs no more than copying them.
 *
 * What cannot be made anew is answered as it last was: an old page says how old it is, a missing one says nothing.
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import type { SiteFile } from '@feedfleet/status-page';

export interface SiteAnswer {
  readonly contentType: string;
  readonly body: Buffer;
  readonly gzipped: Buffer;
  /** Weak: it stands for both. */
  readonly etag: string;
}

export interface PublicSiteOptions {
  /** Of the site as everybody may have it. */
  readonly files: () => readonly SiteFile[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly failed: (error: unknown) => void;
}

interface Edition {
  readonly madeAt: number;
  readonly files: ReadonlyMap<string, SiteFile>;
  readonly answers: Map<string, Promise<SiteAnswer>>;
}

/** For how long an edition is given out, in milliseconds; the report itself is kept for one second. */
const KEPT_MS = 3000;
const compress = promisify(gzip);

export class PublicSite {
  readonly #options: PublicSiteOptions;
  /** The last good ones, without the archive: that has thousands of pages, which can be made again. */
  #last = new Map<string, SiteAnswer>();
  #edition: Edition | undefined;

  constructor(options: PublicSiteOptions) {
    this.#options = options;
  }

  /** What is asked for next is made anew. */
  outdate(): void {
    if (this.#edition !== undefined) this.#edition = { ...this.#edition, madeAt: Number.NEGATIVE_INFINITY };
  }

  /** @returns `undefined` when there is no such file. */
  async answer(path: string): Promise<SiteAnswer | undefined> {
    const { files, answers } = this.#current();
    const file = files.get(path);
    if (file === undefined) return undefined;
    const kept = answers.get(path);
    if (kept !== undefined) return kept;
    const made = this.#make(file);
    answers.set(path, made);
    return made;
  }

  async #make(file: SiteFile): Promise<SiteAnswer> {
    try {
      const answer = await answerOf(file);
      if (file.edition === undefined) this.#last.set(file.path, answer);
      return answer;
    } catch (error) {
      this.#options.failed(error);
      const last = this.#last.get(file.path);
      if (last === undefined) throw error;
      return last;
    }
  }

  #current(): Edition {
    const { failed } = this.#options;
    const now = this.#options.now();
    const last = this.#edition;
    if (last !== undefined && now >= last.madeAt && now - last.madeAt < KEPT_MS) return last;
    try {
      const files = new Map(this.#options.files().map((file) => [file.path, file]));
      this.#edition = { madeAt: now, files, answers: new Map() };
      this.#last = new Map([...this.#last].filter(([path]) => files.has(path)));
      return this.#edition;
    } catch (error) {
      failed(error);
      if (last === undefined) throw error;
      // Not asked for again at once: what fails may be slow to fail.
      this.#edition = { ...last, madeAt: now };
      return this.#edition;
    }
  }
}

async function answerOf({ contentType, render }: SiteFile): Promise<SiteAnswer> {
  const body = Buffer.from(render());
  const digest = createHash('sha256').update(body).digest('base64url').slice(0, 22);
  return { contentType, body, gzipped: await compress(body), etag: `W/"${digest}"` };
}
