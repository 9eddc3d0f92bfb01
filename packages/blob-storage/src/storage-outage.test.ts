/** What a storage may do to those who read and write, with a real one that is stopped, frozen and given other certificates. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import type { BlobStore } from '@feedfleet/store';
import { startAzurite } from '@feedfleet/test-storage';
import type { AzuriteStorage } from '@feedfleet/test-storage';
import { damageCopy, openStorageUnderTest } from './storage-under-test.ts';
import type { StorageUnderTest } from './storage-under-test.ts';

let azurite: AzuriteStorage;
let current: StorageUnderTest;
beforeAll(async () => {
  azurite = await startAzurite();
}, 30_000);
afterAll(() => azurite.dispose());
beforeEach(async () => {
  current = await openStorageUnderTest(azurite, { storage: 'azure', storageTimeoutMs: 500 });
});
afterEach(() => current.dispose());

async function* bytes(content: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(content));
}

async function put(store: BlobStore, content: string): Promise<string> {
  const staged = await store.stage(bytes(content), { maxBytes: 1_000_000 });
  try {
    await store.commit(staged);
  } finally {
    await store.discard(staged);
  }
  return staged.sha512;
}

async function read(store: BlobStore, sha512: string): Promise<string | undefined> {
  const blob = await store.open(sha512);
  return blob === undefined ? undefined : text(blob.stream());
}

const problemOf = (asked: Promise<unknown>): Promise<unknown> => asked.catch((error: unknown) => error);

/** Asks again until it succeeds. */
async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch {
      await delay(100);
    }
  }
}

describe('while the storage does not answer', () => {
  it('what was read is read on, the rest is refused with a reason, and it is well again by itself', async () => {
    const hot = await put(current.store, 'hot');
    const cold = await put(await current.openAs('push-1'), 'cold');
    const reader = await current.openAs('v2-1', { storageCacheBytes: 1_000_000 });
    expect(await read(reader, hot)).toBe('hot');
    await azurite.stop();
    try {
      expect(await read(reader, hot)).toBe('hot');
      expect(await read(await current.openAs('v2-1'), hot)).toBe('hot');
      const unknown = createHash('sha512').update('never').digest('hex');
      const refused = { code: 'FF_STORAGE_UNAVAILABLE', status: 503, definition: { fault: 'storage' } };
      expect(await problemOf(read(reader, unknown))).toMatchObject({
        ...refused,
        reasonPhrase: expect.stringContaining('nobody listens at the address of the storage (Azure Blob Storage)'),
        retryAfterSeconds: 1,
      });
      for (let failures = 0; failures < 5; failures += 1) await problemOf(put(reader, 'new'));
      // By now nobody has to send a body to hear of it.
      const refusal = reader.stage(
        (async function* () {
          await Promise.resolve();
          yield await Promise.reject<Uint8Array>(new Error('the body was read'));
        })(),
        { maxBytes: 10 },
      );
      expect(await problemOf(refusal)).toMatchObject(refused);
      expect(await read(await current.openAs('symbols-1'), cold)).toBe('cold');
    } finally {
      await azurite.start();
    }
    const fresh = await eventually(() => put(reader, 'new'));
    expect(await read(await current.openAs('v3-2'), fresh)).toBe('new');
    expect(await read(reader, cold)).toBe('cold');
  }, 30_000);

  it('nobody waits longer than its time', async () => {
    const sha512 = await put(current.store, 'x');
    const reader = await current.openAs('v2-1');
    await current.forgetCaches();
    azurite.freeze();
    try {
      expect(await problemOf(read(reader, createHash('sha512').update('y').digest('hex')))).toMatchObject({
        code: 'FF_STORAGE_UNAVAILABLE',
        reasonPhrase: expect.stringContaining('the storage does not answer in time'),
      });
    } finally {
      azurite.thaw();
    }
    expect(await eventually(() => read(reader, sha512))).toBe('x');
  }, 30_000);

  it('an expired certificate is told with its date, and is not asked again and again', async () => {
    const sha512 = await put(current.store, 'x');
    await azurite.stop();
    await azurite.start({ validMs: -60_000 });
    const day = new Date(Date.now() - 60_000).toISOString().slice(0, 13);
    const reader = await current.openAs('v2-1');
    try {
      expect(await read(current.store, sha512)).toBe('x');
      const unknown = createHash('sha512').update('never').digest('hex');
      const expired = { code: 'FF_STORAGE_UNAVAILABLE', reasonPhrase: expect.stringContaining(`expired at ${day}`) };
      expect(await problemOf(read(reader, unknown))).toMatchObject(expired);
      expect(await problemOf(read(reader, unknown))).toMatchObject(expired);
      expect(current.told.filter((message) => message === 'storage is unavailable')).toHaveLength(1);
    } finally {
      await azurite.stop();
      await azurite.start();
    }
    expect(await eventually(() => read(reader, sha512))).toBe('x');
  }, 30_000);
});

describe('copies', () => {
  it('are fetched once for all who want them at once', async () => {
    const sha512 = await put(current.store, 'popular');
    const reader = await current.openAs('v2-1');
    const before = await current.calls('read');
    await Promise.all(Array.from({ length: 50 }, () => read(reader, sha512)));
    expect((await current.calls('read')) - before).toBe(1);
  });

  it('that are damaged in a cache are fetched again', async () => {
    const sha512 = await put(current.store, 'precious');
    await damageCopy(current.cachedPath('v3-1', sha512));
    const reader = await current.openAs('v3-1', {});
    expect(await read(reader, sha512)).toBe('precious');
  });

  it('that are damaged in the storage are taken from another process, and mended there', async () => {
    const sha512 = await put(current.store, 'precious');
    await azurite.overwrite(current.keyOf(sha512), Buffer.from('precioux'));
    expect(await read(await current.openAs('v2-1'), sha512)).toBe('precious');
    await eventually(async () => {
      if (!current.told.includes('package file in the storage is mended from another copy')) throw new Error('not yet');
      await Promise.resolve();
    });
    await current.forgetCaches();
    expect(await read(await current.openAs('symbols-1'), sha512)).toBe('precious');
  });

  it('are larger than one part, and may be pushed again', async () => {
    const content = 'large package '.repeat(1_500_000);
    for (let times = 0; times < 2; times += 1) {
      const staged = await current.store.stage(bytes(content), { maxBytes: 30_000_000 });
      await current.store.commit(staged);
      await current.forgetCaches();
      const reader = await current.openAs('v2-1', { storageTimeoutMs: 10_000 });
      expect((await read(reader, staged.sha512)) === content).toBe(true);
    }
  });
});

describe('a storage that may only be read', () => {
  it('is read on after writes were denied', async () => {
    const sha512 = await put(current.store, 'x');
    const reader = await current.openAs('v2-1', {}, await azurite.readOnlyEnvironment());
    for (let failures = 0; failures < 6; failures += 1) {
      expect(await problemOf(put(reader, 'y'))).toMatchObject({
        code: 'FF_STORAGE_UNAVAILABLE',
        reasonPhrase: expect.stringContaining('the storage does not allow this to the credential'),
      });
    }
    await current.forgetCaches();
    expect(await read(reader, sha512)).toBe('x');
    expect(JSON.stringify(current.lines)).not.toMatch(/sig=(?!\*)/);
  });
});
