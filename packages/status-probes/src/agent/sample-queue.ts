/**
 * What an observer saw and has not told yet, on disk: batches in files, oldest first, whole or not there at all.
 *
 * A file is never changed once it is there, and its batch has its name: sent twice, it counts once. A file holds what was seen between
 * two tries to tell it, so that little is lost with a process that is killed. Space is bounded: beyond, the oldest go.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { maxSamplesABatch } from '@feedfleet/status-model';
import type { Sample } from '@feedfleet/status-model';

export interface QueuedBatch {
  readonly file: string;
  readonly body: Buffer;
}

export interface SampleQueueOptions {
  readonly folder: string;
  readonly observer: string;
  /** Unique for each batch of an observer, without the number of milliseconds that stands before it. */
  readonly newId: () => string;
}

/** The status process takes nothing older, in milliseconds. */
const LONGEST_MS = 7 * 24 * 3_600_000;
/** Seven days of a try a minute. */
const MOST_FILES = 10_100;
const NAME = /^(\d{13})-[A-Za-z0-9]{8,40}\.json$/;

export class SampleQueue {
  readonly #options: SampleQueueOptions;
  /** Names of files, oldest first. */
  readonly #files: string[];

  constructor(options: SampleQueueOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true, mode: 0o700 });
    this.#files = readdirSync(options.folder)
      .filter((name) => NAME.test(name))
      .sort();
  }

  get length(): number {
    return this.#files.length;
  }

  /** @param nowMs - since the epoch. */
  add(samples: readonly Sample[], intervalMs: number, nowMs: number): void {
    for (let start = 0; start < samples.length; start += maxSamplesABatch) {
      const { folder, observer, newId } = this.#options;
      const batch = `${String(nowMs).padStart(13, '0')}-${newId()}`;
      const text = JSON.stringify({
        observer,
        batch,
        intervalMs,
        samples: samples.slice(start, start + maxSamplesABatch),
      });
      const file = path.join(folder, `${batch}.json`);
      writeFileSync(`${file}.new`, text, { mode: 0o600 });
      renameSync(`${file}.new`, file);
      this.#files.push(`${batch}.json`);
    }
    this.#forgetOld(nowMs);
  }

  /** The oldest one. */
  next(): QueuedBatch | undefined {
    for (let name = this.#files[0]; name !== undefined; name = this.#files[0]) {
      try {
        return { file: name, body: readFileSync(path.join(this.#options.folder, name)) };
      } catch {
        this.done(name);
      }
    }
    return undefined;
  }

  /** @param file - of a batch that needs not be told any more. */
  done(file: string): void {
    const index = this.#files.indexOf(file);
    if (index >= 0) this.#files.splice(index, 1);
    rmSync(path.join(this.#options.folder, file), { force: true });
  }

  #forgetOld(nowMs: number): void {
    for (let name = this.#files[0]; name !== undefined; name = this.#files[0]) {
      const isOld = Number(NAME.exec(name)?.[1] ?? 0) < nowMs - LONGEST_MS;
      if (!isOld && this.#files.length <= MOST_FILES) return;
      this.done(name);
    }
  }
}
