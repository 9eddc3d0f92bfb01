/** Against OpenStack Swift with its S3 API: a real store, and not that of AWS. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describeBlobStore } from '@feedfleet/blob-store-conformance';
import { hasSwift, startSwift } from '@feedfleet/test-storage';
import type { TestStorage } from '@feedfleet/test-storage';
import { openStorageUnderTest } from '../storage-under-test.ts';

if (hasSwift()) {
  let swift: TestStorage;
  beforeAll(async () => {
    swift = await startSwift();
  }, 120_000);
  afterAll(() => swift.dispose());
  describeBlobStore('a store that speaks S3', () => openStorageUnderTest(swift, { storage: 's3' }));

  describe('a storage by S3', () => {
    it('takes files in several parts, and the same one again without a change', async () => {
      const current = await openStorageUnderTest(swift, { storage: 's3' });
      const content = Buffer.alloc(20_000_000, 'large package ');
      for (let times = 0; times < 2; times += 1) {
        const staged = await current.store.stage(Readable.from([content]), { maxBytes: 30_000_000 });
        await current.store.commit(staged);
        await current.forgetCaches();
        const blob = await (await current.openAs('v2-1')).open(staged.sha512);
        expect((await buffer(blob?.stream() ?? Readable.from([]))).equals(content)).toBe(true);
      }
      expect((await swift.keys()).filter((key) => key.startsWith(current.keyOf('').split('/')[0] ?? ''))).toHaveLength(
        1,
      );
      await current.dispose();
    });

    it('is told by its reason when it is gone, and when its bucket is', async () => {
      const current = await openStorageUnderTest(swift, { storage: 's3' });
      const unknown = 'ab'.repeat(64);
      const other = await current.openAs('v2-1', { storageContainer: 'nowhere' });
      await expect(other.open(unknown)).rejects.toMatchObject({
        code: 'FF_STORAGE_UNAVAILABLE',
        detail: 'the container or bucket of packages is not there (S3 storage)',
      });
      await swift.stop();
      await expect(current.store.open(unknown)).rejects.toMatchObject({
        code: 'FF_STORAGE_UNAVAILABLE',
        // A connection that was kept may be tried first.
        detail: expect.stringMatching(/nobody listens at the address|broke the connection off/),
      });
      await swift.start();
      await expect((await current.openAs('v3-2')).open(unknown)).resolves.toBeUndefined();
      await current.dispose();
    }, 60_000);
  });
} else {
  describe('a store that speaks S3, on this machine', () => {
    // Where everything is required, what is missing is a failure.
    const test = process.env.FEEDFLEET_REQUIRE === 'all' ? it : it.skip;
    test("is tested where OpenStack Swift is, Debian's package python3-swift", () => {
      expect(hasSwift()).toBe(true);
    });
  });
}
