import { describe, expect, it } from '@jest/globals';
import { chmod, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeBlobStore } from '@feedfleet/blob-store-conformance';
import type { BlobStoreUnderTest } from '@feedfleet/blob-store-conformance';
import { sha512Of } from '../sample-packages.ts';
import { DiskBlobStore } from './disk-blob-store.ts';
import type { DiskBlobStoreOptions } from './disk-blob-store.ts';

async function openDisk(
  memoryCacheBytes: number,
): Promise<BlobStoreUnderTest & { readonly options: DiskBlobStoreOptions }> {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-blobs-'));
  const options = { blobFolder: join(folder, 'blobs'), stagingFolder: join(folder, 'staging'), memoryCacheBytes };
  const store = new DiskBlobStore(options);
  await store.commit(await store.stage(bytes('the first makes the folders'), { maxBytes: 1000 }));
  return {
    options,
    store,
    reopen: () => Promise.resolve(new DiskBlobStore(options)),
    damage: async (sha512) => {
      const file = await open(join(options.blobFolder, sha512.slice(0, 2), sha512.slice(2, 4), sha512), 'r+');
      await file.write('#', 3);
      await file.close();
    },
    stagedFiles: async () => (await readdir(options.stagingFolder)).length,
    dispose: () => rm(folder, { recursive: true }),
  };
}

const bytes = (content: string): AsyncGenerator<Uint8Array> =>
  // eslint-disable-next-line @typescript-eslint/require-await
  (async function* () {
    yield Buffer.from(content);
  })();

describeBlobStore('a disk', () => openDisk(8 * 1024 * 1024));
describeBlobStore('a disk, with nothing kept in memory', () => openDisk(0));

describe('blobs on a disk', () => {
  it('are in memory when they are small, the latest used ones', async () => {
    const disk = await openDisk(10);
    for (const content of ['aaaa', 'bbbb', 'cccc', 'much longer than ten']) {
      await disk.store.commit(await disk.store.stage(bytes(content), { maxBytes: 100 }));
    }
    const inMemory = async (content: string): Promise<boolean> => {
      const blob = await disk.store.open(sha512Of(content));
      return blob?.bytes !== undefined && blob.bytes === (await disk.store.open(sha512Of(content)))?.bytes;
    };
    expect(await inMemory('aaaa')).toBe(true);
    expect(await inMemory('much longer than ten')).toBe(false);
    const first = (await disk.store.open(sha512Of('aaaa')))?.bytes;
    await inMemory('bbbb');
    expect((await disk.store.open(sha512Of('aaaa')))?.bytes).toBe(first);
    await inMemory('cccc');
    await inMemory('bbbb');
    expect((await disk.store.open(sha512Of('aaaa')))?.bytes).not.toBe(first);
    await disk.dispose();
  });

  it('are verified once for all who open them at once', async () => {
    const disk = await openDisk(0);
    const [first, second] = await Promise.all([
      disk.store.open(sha512Of('the first makes the folders')),
      disk.store.open(sha512Of('the first makes the folders')),
    ]);
    expect(first).toBe(second);
    await disk.dispose();
  });

  it('are unavailable, not absent, when their folder is gone', async () => {
    const disk = await openDisk(0);
    await rm(disk.options.blobFolder, { recursive: true });
    await expect(disk.store.open(sha512Of('x'))).rejects.toMatchObject({ code: 'FF_STORE_UNAVAILABLE', status: 503 });
    await disk.dispose();
  });

  it('are told to the log when they are damaged', async () => {
    const disk = await openDisk(0);
    const told: unknown[] = [];
    const sha512 = sha512Of('the first makes the folders');
    await disk.damage(sha512);
    const store = new DiskBlobStore({
      ...disk.options,
      log: { error: (message, _error, fields) => told.push(message, fields?.['blob.sha512']) },
    });
    await expect(store.open(sha512)).rejects.toMatchObject({ code: 'FF_CORRUPT' });
    expect(told).toEqual(['blob is corrupt', sha512]);
    await disk.dispose();
  });

  (process.getuid?.() === 0 ? it.skip : it)(
    'cannot be staged in a folder that refuses (root is never refused)',
    async () => {
      const disk = await openDisk(0);
      await chmod(disk.options.stagingFolder, 0o500);
      await expect(disk.store.stage(bytes('x'), { maxBytes: 10 })).rejects.toMatchObject({
        code: 'FF_STORE_UNAVAILABLE',
      });
      await disk.dispose();
    },
  );

  it('cannot be staged where a file is in the way', async () => {
    const disk = await openDisk(0);
    const path = join(disk.options.blobFolder, 'file');
    await (await open(path, 'w')).close();
    const store = new DiskBlobStore({ ...disk.options, stagingFolder: join(path, 'staging') });
    await expect(store.stage(bytes('x'), { maxBytes: 10 })).rejects.toMatchObject({ code: 'FF_STORE_UNAVAILABLE' });
    await disk.dispose();
  });
});
