/**
 * The embedded store: metadata in SQLite and blobs on the disk, in one folder that several processes of one machine share.
 */
import { existsSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { ProblemError } from '@feedfleet/problems';
import type { Logger } from '@feedfleet/host';
import type { AdvisoryStore } from '../advisories.ts';
import type { BlobStore } from '../blob-store.ts';
import type { DownloadCounts } from '../download-counts.ts';
import type { FeedCatalog } from '../feed-catalog.ts';
import type { MetadataStore } from '../metadata-store.ts';
import type { SymbolStore } from '../symbol-store.ts';
import type { VersionPages } from '../version-pages.ts';
import type { RetentionStore } from '../retention-store.ts';
import type { SourceCopies } from '../source-copies.ts';
import type { SourcePins } from '../source-pins.ts';
import type { VersionScan } from '../version-scan.ts';
import { Connection } from './connection.ts';
import { DiskBlobStore } from './disk-blob-store.ts';
import { makeDurable } from './durable-folders.ts';
import { takeInstanceLock } from './instance-lock.ts';
import type { InstanceLock, InstanceWait } from './instance-lock.ts';
import { openReader } from './open-database.ts';
import { SqliteAdvisoryStore } from './sqlite-advisory-store.ts';
import { guarded } from './sqlite-problems.ts';
import { SqliteDownloadCounts } from './sqlite-download-counts.ts';
import { SqliteFeedCatalog } from './sqlite-feed-catalog.ts';
import { SqliteMetadataStore } from './sqlite-metadata-store.ts';
import { SqliteVersionPages } from './sqlite-version-pages.ts';
import { SqliteVersionScan } from './sqlite-version-scan.ts';
import { VersionRows } from './stored-version-row.ts';
import { SqliteRetentionStore } from './sqlite-retention-store.ts';
import { SqliteSourceCopies } from './sqlite-source-copies.ts';
import { SqliteSourcePins } from './sqlite-source-pins.ts';
import { SqliteSymbolStore } from './sqlite-symbol-store.ts';
import { WriteLock } from './write-lock.ts';

const DEFAULT_BUSY_TIMEOUT_MS = 5_000;
const DEFAULT_MEMORY_CACHE_BYTES = 32 * 1024 * 1024;
const READER_CACHE_KIB = 16 * 1024;
const WRITER_CACHE_KIB = 8 * 1024;
/** Of a process that writes nothing but counts. */
const COUNTER_CACHE_KIB = 1024;
const INSTANCE = /^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,127}$/;

export interface EmbeddedStoreOptions {
  /** Created when it is missing; holds `feedfleet.db`, `blobs/` and `staging/`. */
  readonly folder: string;
  /** Name of this process among those on the folder; letters, digits, `-`, `_` and `.`. Staging is kept apart by it. */
  readonly instance: string;
  readonly log?: Pick<Logger, 'error'>;
  /**
   * For processes that push: waits until no other process is `instance`, and keeps others from being it until `close` or death,
   * so that `sweepStaging` and `releaseIntents` meet only what a dead process left. Default: not held.
   */
  readonly holdInstance?: InstanceWait;
  /**
   * Refuses every change of packages with `FF_INVALID_ARGUMENT`; downloads are still counted. The tables are still created when
   * they are missing.
   */
  readonly readOnly?: boolean;
  /** Opens the blobs where they are not on the disk but in a storage that has to be asked; staged in the folder that is given. */
  readonly remoteBlobs?: ((stagingFolder: string) => BlobStore) | undefined;
  /** Bound of the small blobs that are kept in memory; 0 keeps none. Default: 32 MiB. */
  readonly memoryCacheBytes?: number;
  /** How long a writer waits for the writers of other processes, in milliseconds. Default: 5000. */
  readonly busyTimeoutMs?: number;
  /** Milliseconds since 1970. Default: the system's clock. */
  readonly now?: () => number;
}

export interface EmbeddedStore {
  readonly metadata: MetadataStore;
  readonly blobs: BlobStore;
  readonly symbols: SymbolStore;
  readonly catalog: FeedCatalog;
  readonly versionPages: VersionPages;
  readonly retention: RetentionStore;
  readonly advisories: AdvisoryStore;
  readonly versionScan: VersionScan;
  readonly downloads: DownloadCounts;
  readonly sourcePins: SourcePins;
  readonly sourceCopies: SourceCopies;
  /** Idempotent. The last process to close leaves the database in one file. */
  close(): void;
}

/**
 * Opens the store of a folder, and creates it where it is missing.
 *
 * @throws ProblemError `FF_STORE_UNAVAILABLE`; `FF_FOLDER_UNUSABLE` when a newer feedfleet has written the folder, or its
 *   file system takes no write-ahead log; `FF_ALREADY_RUNNING` when `holdInstance` waited in vain; its signal's reason.
 * @example
 * const store = await openEmbeddedStore({ folder: '/var/lib/feedfleet/store', instance: 'push-1' });
 */
export async function openEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { folder, instance, holdInstance } = options;
  if (!INSTANCE.test(instance)) {
    throw new ProblemError('invalidArgument', { detail: 'an instance is named by letters, digits, -, _ and .' });
  }
  const lock =
    holdInstance === undefined ? undefined : await takeInstanceLock(join(folder, 'staging'), instance, holdInstance);
  try {
    return await openHeld(options, lock);
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/**
 * Whether a process that held this name has ended in the middle of something, or still runs: what it left is taken back by who opens
 * the store under that name next.
 */
export function isLeftOpen(folder: string, instance: string): boolean {
  return existsSync(stagingFolderOf(folder, instance));
}

const stagingFolderOf = (folder: string, instance: string): string => join(folder, 'staging', instance);

async function openHeld(options: EmbeddedStoreOptions, lock: InstanceLock | undefined): Promise<EmbeddedStore> {
  const { folder, instance, log, readOnly = false, now = Date.now } = options;
  const busyTimeoutMs = options.busyTimeoutMs ?? DEFAULT_BUSY_TIMEOUT_MS;
  const blobFolder = join(folder, 'blobs');
  const path = join(folder, 'feedfleet.db');
  await guarded(() => makeDurable(blobFolder, folder));
  const writeLock = new WriteLock({
    connect: () =>
      new Connection({ path, busyTimeoutMs: 0, cacheKib: readOnly ? COUNTER_CACHE_KIB : WRITER_CACHE_KIB }),
    busyTimeoutMs,
  });
  const reader = await openReader({ path, cacheKib: READER_CACHE_KIB, busyTimeoutMs, writeLock });
  const stagingFolder = stagingFolderOf(folder, instance);
  const remoteBlobs = options.remoteBlobs?.(stagingFolder);
  const claiming = { reader, writeLock, now, remoteBlobs };
  const metadata = new SqliteMetadataStore({ ...claiming, readOnly });
  const advisories = new SqliteAdvisoryStore({ reader, writeLock, now, readOnly });
  const retention = new SqliteRetentionStore(claiming);
  const downloads = new SqliteDownloadCounts({ reader, writeLock, now });
  const onDisk = {
    blobFolder,
    stagingFolder,
    memoryCacheBytes: options.memoryCacheBytes ?? DEFAULT_MEMORY_CACHE_BYTES,
    ...(log === undefined ? {} : { log }),
  };
  const blobs = remoteBlobs ?? new DiskBlobStore(onDisk);
  const close = (): void => {
    metadata.close();
    if (lock !== undefined) removeWhenEmpty(stagingFolder);
    lock?.release();
  };
  const catalog = new SqliteFeedCatalog(reader);
  const rows = new VersionRows(reader);
  const versionPages = new SqliteVersionPages(reader, rows);
  const versionScan = new SqliteVersionScan(reader, rows);
  const symbols = new SqliteSymbolStore({ ...claiming, readOnly });
  const sourcePins = new SqliteSourcePins({ reader, writeLock, now });
  const sourceCopies = new SqliteSourceCopies(claiming);
  const reading = { catalog, versionPages, versionScan };
  return { metadata, blobs, symbols, ...reading, retention, advisories, downloads, sourcePins, sourceCopies, close };
}

function removeWhenEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It was never made, or there is something to be taken back at the next start.
  }
}
