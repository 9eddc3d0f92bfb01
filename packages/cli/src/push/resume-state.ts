/**
 * What a push has behind it, on disk, so that the same command goes on where it ended: one JSON line a fact, appended, so
 * that a crash costs at most the last line.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { open, readFile, rm } from 'node:fs/promises';

import { ProblemError } from '@feedfleet/problems';
import { z } from 'zod';

import type { PackageFile } from './find-packages.ts';

const headSchema = z.strictObject({ format: z.literal(1), target: z.string() });
const factSchema = z.strictObject({
  /** `sent`: on its way, answer not known; `acknowledged`: the feed has it; `refused`: it did not take it from here. */
  fact: z.enum(['sent', 'acknowledged', 'refused']),
  path: z.string(),
  sizeBytes: z.number(),
  modifiedMs: z.number(),
  sha256: z.string().optional(),
});
type Fact = z.infer<typeof factSchema>;

/** Enough for 100,000 packages with three facts each and long paths. */
const MAX_STATE_BYTES = 128 * 1024 * 1024;

async function sha256Of(file: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { signal })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function parseLine(line: string): Fact | undefined {
  try {
    return factSchema.parse(JSON.parse(line));
  } catch {
    // The line that was being written when the process was killed.
    return undefined;
  }
}

async function readIfPresent(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new ProblemError('usage', { detail: `--resume ${file}: ${String((error as NodeJS.ErrnoException).code)}` });
  }
}

function parseState(text: string, file: string, target: string): readonly Fact[] {
  const [head = '', ...lines] = text.split('\n');
  let parsed;
  try {
    parsed = headSchema.parse(JSON.parse(head));
  } catch (error) {
    throw new ProblemError('usage', { detail: `--resume ${file}: not the state of a push`, cause: error });
  }
  if (parsed.target !== target) {
    throw new ProblemError('usage', { detail: `--resume ${file}: belongs to a push to ${parsed.target}` });
  }
  return lines.map(parseLine).filter((fact) => fact !== undefined);
}

export class ResumeState {
  readonly #file: string;
  readonly #handle: FileHandle;
  readonly #latest: Map<string, Fact>;
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string, handle: FileHandle, facts: readonly Fact[]) {
    this.#file = file;
    this.#handle = handle;
    this.#latest = new Map(facts.map((fact) => [fact.path, fact]));
  }

  /**
   * @param target - where the push goes, without secrets; a state of another target is refused.
   * @throws {ProblemError} `FF_USAGE` when the file is no state, or that of a push to somewhere else.
   */
  static async open(file: string, target: string): Promise<ResumeState> {
    const text = await readIfPresent(file);
    if (text !== undefined && text.length > MAX_STATE_BYTES) {
      throw new ProblemError('usage', { detail: `--resume ${file}: larger than ${MAX_STATE_BYTES} bytes` });
    }
    const facts = text === undefined || text === '' ? [] : parseState(text, file, target);
    const handle = await open(file, 'a', 0o600).catch((error: unknown) => {
      throw new ProblemError('usage', { detail: `--resume ${file}: ${String((error as NodeJS.ErrnoException).code)}` });
    });
    const state = new ResumeState(file, handle, facts);
    if (text === undefined || text === '') await state.#append({ format: 1, target });
    // A torn last line must not swallow the next one.
    else if (!text.endsWith('\n')) await handle.appendFile('\n');
    return state;
  }

  /** `acknowledged` for the same file, by path, size and time, or by content when only the time differs. */
  async knows(file: PackageFile, signal: AbortSignal): Promise<'acknowledged' | 'sent' | 'nothing'> {
    const fact = this.#latest.get(file.path);
    if (fact === undefined || fact.fact === 'refused' || fact.sizeBytes !== file.sizeBytes) return 'nothing';
    if (fact.modifiedMs === file.modifiedMs) return fact.fact;
    const same = fact.sha256 !== undefined && fact.sha256 === (await sha256Of(file.path, signal));
    return same ? fact.fact : 'nothing';
  }

  async record(fact: Fact['fact'], file: PackageFile, sha256?: string): Promise<void> {
    const { path, sizeBytes, modifiedMs } = file;
    await this.#append({ fact, path, sizeBytes, modifiedMs, ...(sha256 === undefined ? {} : { sha256 }) });
  }

  /** Removes the file when the push is complete; else what is in it reaches the disk. */
  async close(outcome: 'complete' | 'incomplete'): Promise<void> {
    await this.#writing;
    if (outcome === 'incomplete') await this.#handle.sync();
    await this.#handle.close();
    if (outcome === 'complete') await rm(this.#file, { force: true });
  }

  #append(line: object): Promise<void> {
    this.#writing = this.#writing.then(() => this.#handle.appendFile(`${JSON.stringify(line)}\n`));
    return this.#writing;
  }
}
