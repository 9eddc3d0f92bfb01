/**
 * The newest grant of writes that was ever heard of on a data folder: kept in a file before it is acted on, so that neither a restart nor a
 * registry that comes back with an older word makes anybody forget it. All processes that take writes on the folder share the file.
 */
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, statSync, writeSync } from 'node:fs';
import path from 'node:path';
import { ProblemError } from '@feedfleet/problems';
import { isNewerGrant, readWritesGrant } from '@feedfleet/registry-client';
import type { WritesGrant } from '@feedfleet/registry-client';
import { z } from 'zod';

const fileSchema = z.strictObject({
  format: z.literal(1),
  datacenter: z.string().min(1).max(64),
  epoch: z.number().int().min(0),
});

export interface KeptGrantOptions {
  readonly dataFolder: string;
  /** `FleetKeys.writes`; without it nobody is believed. */
  readonly key: Buffer | undefined;
}

export class KeptGrant {
  readonly #file: string;
  readonly #key: Buffer | undefined;
  #known: WritesGrant | undefined;
  /** Of the file when it was last read. */
  #stamp = '';
  #lastHeard = '';

  constructor({ dataFolder, key }: KeptGrantOptions) {
    this.#file = path.join(dataFolder, 'fence', 'writes.json');
    this.#key = key;
  }

  /** @throws {ProblemError} `FF_STORE_UNAVAILABLE` when the file cannot be read: whoever does not know must not write. */
  current(): WritesGrant | undefined {
    const stamp = this.#stampOfFile();
    if (stamp !== this.#stamp) {
      const kept = this.#read();
      if (kept !== undefined && (this.#known === undefined || isNewerGrant(kept, this.#known))) this.#known = kept;
      this.#stamp = stamp;
    }
    return this.#known;
  }

  /**
   * Returns when it is durable, if it is newer than what is known; what nobody of the fleet has signed is passed over.
   *
   * @throws {ProblemError} `FF_STORE_UNAVAILABLE` when it cannot be kept.
   */
  hear(text: string | readonly string[] | undefined): void {
    if (typeof text !== 'string' || text === this.#lastHeard || this.#key === undefined) return;
    const heard = readWritesGrant(this.#key, text);
    if (heard === undefined) return;
    const known = this.current();
    if (known === undefined || isNewerGrant(heard, known)) this.#keep(heard);
    this.#lastHeard = text;
  }

  #keep({ datacenter, epoch }: WritesGrant): void {
    const folder = path.dirname(this.#file);
    const next = `${this.#file}.${process.pid}.new`;
    guarded(() => {
      mkdirSync(folder, { recursive: true });
      const file = openSync(next, 'w', 0o600);
      try {
        writeSync(file, `${JSON.stringify({ format: 1, datacenter, epoch })}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(next, this.#file);
      syncFolder(folder);
    });
    this.#known = { datacenter, epoch };
  }

  #stampOfFile(): string {
    try {
      const { ino, mtimeMs, size } = statSync(this.#file);
      return `${ino} ${mtimeMs} ${size}`;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
      throw unreadable(error);
    }
  }

  #read(): WritesGrant | undefined {
    return guarded(() => {
      const { datacenter, epoch } = fileSchema.parse(JSON.parse(readFileSync(this.#file, 'utf8')));
      return { datacenter, epoch };
    });
  }
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function guarded<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): ProblemError {
  const detail = 'which datacenter has the writes cannot be read or kept (fence/writes.json in the data folder)';
  return new ProblemError('storeUnavailable', { detail, cause });
}
