import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readdir, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { StoredBlob } from '@feedfleet/store';
import { BlobCache } from './blob-cache.ts';
import { damageCopy } from './storage-under-test.ts';

let folder: string;
let nowMs = 0;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-cache-'));
  nowMs = 0;
});
afterEach(() => rm(folder, { recursive: true }));

const log = { warn: () => undefined, error: () => undefined };
const open = (maxBytes: number): Promise<BlobCache> =>
  BlobCache.open({ folder, maxBytes, memoryCacheBytes: 0, log, now: () => nowMs });

async function* bytes(content: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(content));
}

/** Each takes ten bytes, and is put there ten seconds after the last. */
async function put(cache: BlobCache, letter: string): Promise<string> {
  nowMs += 10_000;
  const staged = await cache.stage(bytes(letter.repeat(10)), 10);
  await cache.keep(staged);
  return staged.sha512;
}

const contentOf = async (blob: StoredBlob | undefined): Promise<string | undefined> =>
  blob === undefined ? undefined : text(blob.stream());

const pathOf = (sha512: string): string => join(folder, 'blobs', sha512.slice(0, 2), sha512.slice(2, 4), sha512);

describe('the cache before a storage', () => {
  it('keeps so many bytes, and those that were used last', async () => {
    const cache = await open(30);
    const [a, b, c] = [await put(cache, 'a'), await put(cache, 'b'), await put(cache, 'c')];
    expect(cache.bytes).toBe(30);
    expect(await contentOf(await cache.find(a))).toBe('aaaaaaaaaa');
    const d = await put(cache, 'd');
    expect(cache.bytes).toBe(30);
    const found = await Promise.all([a, b, c, d].map((sha512) => cache.find(sha512)));
    expect(found.map((blob) => blob !== undefined)).toEqual([true, false, true, true]);
  });

  it('lets nothing go that somebody is about to read', async () => {
    const cache = await open(10);
    const a = await put(cache, 'a');
    const [b] = await Promise.all(
      ['b', 'c'].map(async (letter) => {
        const staged = await cache.stage(bytes(letter.repeat(10)), 10);
        await cache.keep(staged);
        return staged.sha512;
      }),
    );
    expect(await contentOf(await cache.find(a))).toBe('aaaaaaaaaa');
    expect(cache.bytes).toBe(30);
    await put(cache, 'd');
    expect(cache.bytes).toBe(10);
    expect(await cache.find(b ?? '')).toBeUndefined();
  });

  it('keeps one file that is larger than its bound, until the next comes', async () => {
    const cache = await open(5);
    const a = await put(cache, 'a');
    expect(await contentOf(await cache.find(a))).toBe('aaaaaaaaaa');
    await put(cache, 'b');
    expect(await cache.find(a)).toBeUndefined();
  });

  it('has what an earlier run left, the bound included, and nothing of what was unfinished', async () => {
    const former = await open(100);
    const [a, b, c] = [await put(former, 'a'), await put(former, 'b'), await put(former, 'c')];
    for (const [sha512, seconds] of [
      [b, 1000],
      [c, 2000],
      [a, 3000],
    ] as const) {
      await utimes(pathOf(sha512), seconds, seconds);
    }
    await mkdir(join(folder, 'parts'), { recursive: true });
    await writeFile(join(folder, 'parts', 'left.part'), 'half');
    const cache = await open(20);
    await cache.counted;
    expect(cache.bytes).toBe(20);
    expect(await readdir(join(folder, 'parts'))).toEqual([]);
    const found = await Promise.all([a, b, c].map((sha512) => cache.find(sha512)));
    expect(found.map((blob) => blob !== undefined)).toEqual([true, false, true]);
  });

  it.each([
    ['has lost a byte', (path: string) => damageCopy(path)],
    ['was cut off', (path: string) => truncate(path, 4)],
    ['is gone', (path: string) => rm(path)],
  ])('does not know a file any more that %s', async (_what, harm) => {
    const cache = await open(100);
    const a = await put(cache, 'a');
    expect(await cache.find(a)).toBeDefined();
    await harm(pathOf(a));
    expect(await cache.find(a)).toBeUndefined();
    expect(cache.bytes).toBe(0);
    await put(cache, 'a');
    expect(await contentOf(await cache.find(a))).toBe('aaaaaaaaaa');
  });
});
