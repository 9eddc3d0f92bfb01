/**
 * The site as files in a folder, for any web host or bucket to serve: whoever is asked for it stays up when this machine does not.
 *
 * Each file is replaced as a whole, the first page last. What was written before and belongs to the site no more is removed; a list
 * of what was written says what that is, so that nothing else in the folder is ever touched.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';

import type { SiteFile } from '@feedfleet/status-page';
import { sitePathOf } from '@feedfleet/status-page';

const LIST_NAME = '.feedfleet-status.json';
const LONGEST_LIST_BYTES = 1024 * 1024;
const ARCHIVED_AT_A_TIME = 100;

export class StaticSite {
  readonly #folder: string;
  /** Editions or digests of what is in the folder, by path. */
  #written: Map<string, string> | undefined;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * One at a time. Rejects when the folder cannot be written to; what was written stays whole. A page that cannot be made stays as it
   * was, and is told when all others are written: none takes the first page along.
   */
  async write(files: readonly SiteFile[]): Promise<void> {
    const written = (this.#written ??= new Map(Array.from(await this.#listed(), (name) => [name, ''])));
    const gone = new Set(written.keys());
    for (const { path: name } of files) gone.delete(name);
    // Said before it is done: a list that names too much removes nothing that is not there.
    await this.#replace(
      LIST_NAME,
      JSON.stringify([...new Set([...written.keys(), ...files.map((file) => file.path)])]),
    );
    const faults: unknown[] = [];
    for (const file of this.#due(files, written)) {
      // Each takes some milliseconds to make; requests come in between.
      await setImmediate();
      const text = renderedOr(file, (fault) => faults.push(fault));
      if (text === undefined) continue;
      const digest = file.edition ?? createHash('sha256').update(text).digest('base64');
      if (written.get(file.path) === digest) continue;
      await this.#replace(file.path, text);
      written.set(file.path, digest);
    }
    for (const name of gone) {
      await rm(path.join(this.#folder, name), { force: true });
      written.delete(name);
    }
    if (gone.size > 0) await this.#replace(LIST_NAME, JSON.stringify([...written.keys()]));
    if (faults.length > 0) throw new AggregateError(faults, `${faults.length} pages cannot be made`);
  }

  /** Of the archive those that are not there as they are, some at a time: what is new never waits for years of it. */
  #due(files: readonly SiteFile[], written: ReadonlyMap<string, string>): readonly SiteFile[] {
    let room = ARCHIVED_AT_A_TIME;
    return files.filter(({ path: name, edition }) => {
      if (edition === undefined) return true;
      if (written.get(name) === edition || room === 0) return false;
      room -= 1;
      return true;
    });
  }

  /** What an earlier process wrote. A list that somebody else wrote leads nowhere outside of the folder. */
  async #listed(): Promise<readonly string[]> {
    try {
      const text = await readFile(path.join(this.#folder, LIST_NAME), 'utf8');
      const names: unknown = text.length > LONGEST_LIST_BYTES ? [] : JSON.parse(text);
      const isOurs = (name: unknown): name is string => typeof name === 'string' && sitePathOf(name) === name;
      return Array.isArray(names) ? names.filter(isOurs) : [];
    } catch {
      return [];
    }
  }

  async #replace(name: string, text: string): Promise<void> {
    const file = path.join(this.#folder, name);
    const draft = `${file}.new`;
    await mkdir(path.dirname(file), { recursive: true });
    try {
      await writeFile(draft, text);
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }
}

function renderedOr({ render }: SiteFile, failed: (fault: unknown) => void): string | undefined {
  try {
    return render();
  } catch (fault) {
    failed(fault);
    return undefined;
  }
}
