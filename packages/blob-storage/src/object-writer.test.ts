import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { GuardedStorage } from './guarded-storage.ts';
import type { ObjectFacts, ObjectFile, ObjectStorage, StoredObject, WriteOptions } from './object-storage.ts';
import { ObjectWriter } from './object-writer.ts';
import { StorageFailure } from './storage-failure.ts';

interface HeldObject {
  readonly facts: ObjectFacts;
  content: Buffer;
}

/** A storage whose bytes may change while everything that is noted beside them stays. */
class RottingStorage implements ObjectStorage {
  readonly title = 'the storage of the test';
  readonly objects = new Map<string, HeldObject>();
  writes = 0;

  facts(key: string): Promise<ObjectFacts | undefined> {
    return Promise.resolve(this.objects.get(key)?.facts);
  }

  read(key: string): Promise<StoredObject | undefined> {
    const content = this.objects.get(key)?.content;
    const found = content && { sizeBytes: content.length, body: Readable.from([content]) };
    return Promise.resolve(found);
  }

  async write(key: string, file: ObjectFile, { condition }: WriteOptions): Promise<'written' | 'refused'> {
    const tag = this.objects.get(key)?.facts.tag;
    if (tag !== (condition.kind === 'absent' ? undefined : condition.tag)) return 'refused';
    this.writes += 1;
    const { sizeBytes, sha512 } = file;
    const facts = { sizeBytes, sha512, tag: String(this.writes) };
    this.objects.set(key, { facts, content: await readFile(file.path) });
    return 'written';
  }

  remove(key: string): Promise<void> {
    this.objects.delete(key);
    return Promise.resolve();
  }

  failureOf(cause: unknown): StorageFailure {
    return new StorageFailure('status', { detail: 'the storage fails', cause });
  }

  close(): void {
    this.objects.clear();
  }
}

let folder: string;
let storage: RottingStorage;
let writer: ObjectWriter;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-writer-'));
  storage = new RottingStorage();
  const guarded = new GuardedStorage({
    ...{ storage, timeoutMs: 5_000, maxConcurrent: 2, metrics: { ended: () => undefined } },
    log: { warn: () => undefined, info: () => undefined },
    ...{ now: () => 0, random: () => 0 },
  });
  writer = new ObjectWriter({ storage: guarded, prefix: '' });
});
afterEach(() => rm(folder, { recursive: true }));

async function fileOf(content: Buffer): Promise<ObjectFile> {
  const sha512 = createHash('sha512').update(content).digest('hex');
  const path = join(folder, sha512);
  await writeFile(path, content);
  return { path, sizeBytes: content.length, sha512 };
}

function rot({ sha512 }: ObjectFile): void {
  const held = storage.objects.get(writer.keyOf(sha512));
  if (held === undefined) throw new Error('the storage has no such file');
  held.content = Buffer.from('precioux');
}

const contentOf = ({ sha512 }: ObjectFile): string | undefined =>
  storage.objects.get(writer.keyOf(sha512))?.content.toString();

describe('a file in the storage whose bytes alone are damaged', () => {
  it('is written when it is mended', async () => {
    const file = await fileOf(Buffer.from('precious'));
    await writer.put(file);
    rot(file);
    expect(await writer.mend(file)).toBe('mended');
    expect(contentOf(file)).toBe('precious');
  });

  it('is written by the next push of the same', async () => {
    const file = await fileOf(Buffer.from('precious'));
    await writer.put(file);
    rot(file);
    await writer.put(file);
    expect(contentOf(file)).toBe('precious');
  });
});

describe('a file in the storage', () => {
  it('that is sound is not written again', async () => {
    const file = await fileOf(Buffer.from('precious'));
    await writer.put(file);
    await writer.put(file);
    expect(storage.writes).toBe(1);
  });

  it('that was removed is not put back by a mend', async () => {
    const file = await fileOf(Buffer.from('precious'));
    expect(await writer.mend(file)).toBe('left');
    expect(storage.writes).toBe(0);
  });
});
