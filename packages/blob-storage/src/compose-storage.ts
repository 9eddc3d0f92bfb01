/** The parts of a storage put together: the SDK that was chosen, the guards before it, the cache before those. */
import { join } from 'node:path';
import { BlobCache } from './blob-cache.ts';
import { BlobFetches } from './blob-fetches.ts';
import { GuardedStorage } from './guarded-storage.ts';
import type { ObjectStorage } from './object-storage.ts';
import { ObjectWriter } from './object-writer.ts';
import { OtherCopies } from './other-copies.ts';
import { RemoteBlobStore } from './remote-blob-store.ts';
import { measureStorage } from './storage-metrics.ts';
import type { OpenObjectStorageOptions, OpenStorageOptions, RemoteStorage } from './storage-options.ts';

/** Well below the deadline of a request, so that it is told why. */
const MAX_WAIT_MS = 25_000;

export async function composeStorage(options: OpenStorageOptions): Promise<RemoteStorage> {
  const { settings, dataFolder, instance, memoryCacheBytes, log } = options;
  const { storageTimeoutMs: timeoutMs, storageConnections: maxConcurrent, storagePrefix: prefix } = settings;
  const objects = await openObjectStorage(options);
  const cacheRoot = join(dataFolder, 'storage-cache');
  const now = (): number => performance.now();
  const maxBytes = settings.storageCacheBytes;
  const cache = await BlobCache.open({ folder: join(cacheRoot, instance), maxBytes, memoryCacheBytes, log, now });
  const metrics = measureStorage(options.metrics, {
    breakersOpen: () => storage.breakersOpen(),
    cacheBytes: () => cache.bytes,
  });
  const guards = { timeoutMs, maxConcurrent, metrics, log, now, random: Math.random };
  const storage = new GuardedStorage({ storage: objects, ...guards });
  const writer = new ObjectWriter({ storage, prefix });
  const copies = new OtherCopies({ cacheRoot, own: instance, diskFolder: join(dataFolder, 'store', 'blobs') });
  const fetches = new BlobFetches({ storage, cache, copies, writer, metrics, log });
  const parts = { storage, cache, fetches, writer, maxWaitMs: MAX_WAIT_MS, log };
  return {
    blobs: (stagingFolder) => new RemoteBlobStore({ ...parts, stagingFolder }),
    close: () => storage.close(),
  };
}

async function openObjectStorage(options: OpenObjectStorageOptions): Promise<ObjectStorage> {
  if (options.settings.storage === 's3') {
    const { openS3Storage } = await import('./s3/open-s3-storage.ts');
    return openS3Storage(options);
  }
  const { openAzureStorage } = await import('./azure/open-azure-storage.ts');
  return openAzureStorage(options);
}
