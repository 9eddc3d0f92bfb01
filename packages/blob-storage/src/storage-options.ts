/** What opens a storage, and what comes of it. */
import type { Logger, Metrics } from '@feedfleet/host';
import type { BlobStore } from '@feedfleet/store';
import type { StorageSettings } from './storage-settings.ts';

export interface OpenObjectStorageOptions {
  readonly settings: StorageSettings;
  /** Where the providers' own chains find credentials. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface OpenStorageOptions extends OpenObjectStorageOptions {
  readonly dataFolder: string;
  readonly instance: string;
  /** Bound of the small packages that are kept in memory, in bytes; 0 keeps none. */
  readonly memoryCacheBytes: number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** Of one process: what it opens shares the cache, the connections and the breakers. */
export interface RemoteStorage {
  /** For `openEmbeddedStore({ remoteBlobs })`. */
  readonly blobs: (stagingFolder: string) => BlobStore;
  /** When no request is under way any more. */
  close(): void;
}
