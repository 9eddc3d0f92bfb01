/** Against OpenStack Swift with its S3 API: a real store, and not that of AWS. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { describeBlobStore } from '@feedfleet/blob-store-conformance';
import { hasSwift, startSwift } from '@feedfleet/test-storage';
import type { TestStorage } from '@feedfleet/test-storage';
import { openStorageUnderTest } from '../storage-under-test.ts';

if (hasSwift()) {
  let swift: TestStorage;
  beforeAll(async () => {
    swift = await startSwift();
  }, 60_000);
  afterAll(() => swift.dispose());
  describeBlobStore('a store that speaks S3', () => openStorageUnderTest(swift, { storage: 's3' }));
} else {
  describe('a store that speaks S3', () => {
    // Debian's packages swift-proxy, swift-account, swift-container and swift-object.
    it.skip('is tested where OpenStack Swift is', () => {
      expect(hasSwift()).toBe(true);
    });
  });
}
