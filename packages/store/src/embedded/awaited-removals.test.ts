import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProblemError } from '@feedfleet/problems';
import type { BlobStore, RemoveBlob, StagedBlob } from '../blob-store.ts';
import { sampleVersion } from '../sample-packages.ts';
import { DiskBlobStore } from './disk-blob-store.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';
import type { EmbeddedStore } from './open-embedded-store.ts';

/** A blob store whose removals go a long way: they wait for `whenAsked`, which may fail. */
class FarBlobStore implements BlobStore {
  readonly #disk: DiskBlobStore;
  whenAsked: (sha512: string) => Promise<void> = () => Promise.resolve();

  constructor(disk: DiskBlobStore) {
    this.#disk = disk;
  }

  readonly stage: BlobStore['stage'] = (source, options) => this.#disk.stage(source, options);
  readonly commit: BlobStore['commit'] = (staged) => this.#disk.commit(staged);
  readonly discard: BlobStore['discard'] = (staged) => this.#disk.discard(staged);
  readonly open: BlobStore['open'] = (sha512) => this.#disk.open(sha512);
  readonly sweepStaging: BlobStore['sweepStaging'] = () => this.#disk.sweepStaging();

  async remove(sha512: string): Promise<void> {
    await this.whenAsked(sha512);
    this.#disk.remove(sha512);
  }
}

let folder: string;
let store: EmbeddedStore;
let far: FarBlobStore;
let nowMs = 0;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-far-'));
  nowMs = Date.now();
  const remoteBlobs = (stagingFolder: string): BlobStore =>
    (far = new FarBlobStore(
      new DiskBlobStore({ blobFolder: join(folder, 'far'), stagingFolder, memoryCacheBytes: 0 }),
    ));
  store = await openEmbeddedStore({ folder, instance: 'push-1', remoteBlobs, now: () => nowMs });
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

const removeBlob: RemoveBlob = (sha512) => store.blobs.remove(sha512);

async function* bytes(content: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(content));
}

async function push(version: string, content: string): Promise<StagedBlob> {
  const staged = await store.blobs.stage(bytes(content), { maxBytes: 1000 });
  await store.metadata.intendBlob(staged.sha512, 'push-1');
  await store.blobs.commit(staged);
  await store.metadata.addVersion('f', sampleVersion({ id: 'A', version }, { sha512: staged.sha512 }), 'push-1');
  return staged;
}

const drop = (version: string): Promise<unknown> => store.metadata.deleteVersion('f', 'A', version, removeBlob);

describe('removals that are waited for', () => {
  it('are done when the deletion is answered', async () => {
    const { sha512 } = await push('1.0.0', 'x');
    await drop('1.0.0');
    expect(await store.blobs.open(sha512)).toBeUndefined();
  });

  it('keep nobody from writing meanwhile, but whoever pushes the same content', async () => {
    await push('1.0.0', 'x');
    const asked = Promise.withResolvers<undefined>();
    const mayGo = Promise.withResolvers<undefined>();
    far.whenAsked = async () => {
      asked.resolve(undefined);
      await mayGo.promise;
    };
    const dropping = drop('1.0.0');
    await asked.promise;
    await push('2.0.0', 'y');
    let isPushed = false;
    const pushing = push('3.0.0', 'x').then((staged) => {
      isPushed = true;
      return staged;
    });
    await push('4.0.0', 'z');
    expect(isPushed).toBe(false);
    mayGo.resolve(undefined);
    await dropping;
    const { sha512 } = await pushing;
    expect(await store.blobs.open(sha512)).toBeDefined();
  });

  it('that somebody else has taken over are settled by them alone', async () => {
    await push('1.0.0', 'x');
    const asked: { readonly resolve: () => void }[] = [];
    far.whenAsked = () => new Promise<void>((resolve) => void asked.push({ resolve }));
    const untilAsked = async (times: number): Promise<void> => {
      while (asked.length < times) await new Promise(setImmediate);
    };
    const dropping = drop('1.0.0');
    await untilAsked(1);
    nowMs += 200_000;
    const collecting = store.metadata.collectBlobs(removeBlob);
    await untilAsked(2);
    asked[0]?.resolve();
    await dropping;
    let isAnnounced = false;
    const announcing = store.metadata.intendBlob(
      (await store.blobs.stage(bytes('x'), { maxBytes: 10 })).sha512,
      'push-1',
    );
    const announced = announcing.then(() => (isAnnounced = true));
    await store.metadata.version('f', 'A', '1.0.0');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isAnnounced).toBe(false);
    asked[1]?.resolve();
    await collecting;
    await announced;
  });

  it('that fail do not fail the deletion, and are done by the next collection', async () => {
    const { sha512 } = await push('1.0.0', 'x');
    far.whenAsked = () => Promise.reject(new ProblemError('storageUnavailable'));
    await drop('1.0.0');
    expect(await store.metadata.version('f', 'A', '1.0.0')).toBeUndefined();
    far.whenAsked = () => Promise.resolve();
    expect(await store.metadata.collectBlobs(removeBlob)).toEqual({ removed: 1 });
    expect(await store.blobs.open(sha512)).toBeUndefined();
  });

  it('that failed are finished by who pushes the same content, or fail that too: they may yet be done', async () => {
    await push('1.0.0', 'x');
    far.whenAsked = () => Promise.reject(new ProblemError('storageUnavailable'));
    await drop('1.0.0');
    await expect(push('2.0.0', 'x')).rejects.toMatchObject({ code: 'FF_STORAGE_UNAVAILABLE' });
    const asked: string[] = [];
    far.whenAsked = async (sha512) => {
      asked.push(sha512);
      await Promise.resolve();
    };
    const { sha512 } = await push('2.0.0', 'x');
    expect(asked).toEqual([sha512]);
    expect(await store.blobs.open(sha512)).toBeDefined();
    expect(await store.metadata.collectBlobs(removeBlob)).toEqual({ removed: 0 });
  });

  it('of a process that died are taken over when its time is up', async () => {
    const { sha512 } = await push('1.0.0', 'x');
    const asked = Promise.withResolvers<undefined>();
    far.whenAsked = () => {
      asked.resolve(undefined);
      return new Promise(() => undefined);
    };
    void drop('1.0.0');
    await asked.promise;
    far.whenAsked = () => Promise.resolve();
    expect(await store.metadata.collectBlobs(removeBlob)).toEqual({ removed: 0 });
    nowMs += 181_000;
    expect(await store.metadata.collectBlobs(removeBlob)).toEqual({ removed: 1 });
    expect(await store.blobs.open(sha512)).toBeUndefined();
  });
});
