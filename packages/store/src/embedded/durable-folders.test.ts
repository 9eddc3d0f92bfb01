import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { DurableFolders, makeDurable } from './durable-folders.ts';

let top: string;
let synced: string[];
beforeEach(async () => {
  top = await mkdtemp(join(tmpdir(), 'feedfleet-folders-'));
  synced = [];
});
afterEach(() => rm(top, { recursive: true }));

const sync = (folder: string): Promise<void> => {
  synced.push(relative(top, folder));
  return Promise.resolve();
};

describe('a folder for blobs', () => {
  it('is durable for nobody before it is for the one who created it', async () => {
    const gate = Promise.withResolvers<undefined>();
    const reached = Promise.withResolvers<undefined>();
    const folders = new DurableFolders(top, async (folder) => {
      reached.resolve(undefined);
      await gate.promise;
      await sync(folder);
    });
    const told: string[] = [];
    const first = folders.make(join(top, 'ab', 'cd')).then(() => told.push('first'));
    await reached.promise;
    const second = folders.make(join(top, 'ab', 'cd')).then(() => told.push('second', ...synced));
    const elsewhere = new DurableFolders(top, sync);
    await elsewhere.make(join(top, 'ab', 'ef'));
    expect(told).toEqual([]);
    synced = [];
    gate.resolve(undefined);
    await Promise.all([first, second]);
    expect(told).toEqual(['first', 'second', 'ab', '']);
  });

  it('that another process created is synced once by this one too', async () => {
    const folder = join(top, 'ab', 'cd');
    await new DurableFolders(top, () => Promise.resolve()).make(folder);
    const folders = new DurableFolders(top, sync);
    await folders.make(folder);
    await folders.make(folder);
    expect(synced).toEqual(['ab', '']);
  });

  it('is synced again when it could not be, or was gone in between', async () => {
    const folder = join(top, 'ab', 'cd');
    let failures = 1;
    const folders = new DurableFolders(top, (synced) => {
      failures -= 1;
      return failures === 0 ? Promise.reject(new Error('disk')) : sync(synced);
    });
    await expect(folders.make(folder)).rejects.toThrow('disk');
    await folders.make(folder);
    expect(synced).toEqual(['ab', '']);
    await rm(join(top, 'ab'), { recursive: true });
    await folders.make(folder);
    expect(synced).toEqual(['ab', '', 'ab', '']);
  });
});

describe("the store's own folders", () => {
  it('are synced into their parents at each opening, and what is above them when it was missing', async () => {
    const store = join(top, 'data', 'store');
    await makeDurable(join(store, 'blobs'), store, sync);
    expect(synced).toEqual(['data/store', 'data', '']);
    synced = [];
    await makeDurable(join(store, 'blobs'), store, sync);
    expect(synced).toEqual(['data/store', 'data']);
  });
});
