import { afterAll, beforeAll } from '@jest/globals';
import { describeBlobStore } from '@feedfleet/blob-store-conformance';
import { startAzurite } from '@feedfleet/test-storage';
import type { TestStorage } from '@feedfleet/test-storage';
import { openStorageUnderTest } from '../storage-under-test.ts';

let azurite: TestStorage;
beforeAll(async () => {
  azurite = await startAzurite();
}, 30_000);
afterAll(() => azurite.dispose());

describeBlobStore('Azure Blob Storage', () => openStorageUnderTest(azurite, { storage: 'azure' }));
