/** A blob store on a storage of a test, with folders of its own, as the suites need it. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BlobStoreUnderTest } from '@feedfleet/blob-store-conformance';
import { createMetrics } from '@feedfleet/host';
import type { Logger, Metrics } from '@feedfleet/host';
import type { BlobStore } from '@feedfleet/store';
import type { TestStorage } from '@feedfleet/test-storage';
import { z } from 'zod';
import { openRemoteStorage } from './open-storage.ts';
import { storageSettingsShape } from './storage-settings.ts';
import type { StorageSettings } from './storage-settings.ts';

export interface UnderTestOptions extends Partial<StorageSettings> {
  readonly memoryCacheBytes?: number;
}

export interface StorageUnderTest extends BlobStoreUnderTest {
  readonly folder: string;
  /** As another process of the machine has it; the same name is the same cache. */
  readonly openAs: (
    instance: string,
    settings?: Partial<StorageSettings>,
    environment?: Readonly<Record<string, string>>,
  ) => Promise<BlobStore>;
  readonly keyOf: (sha512: string) => string;
  readonly cachedPath: (instance: string, sha512: string) => string;
  /** Messages of the log. */
  readonly told: readonly string[];
  /** All that was logged. */
  readonly lines: readonly unknown[];
  /** Calls of the storage that ended, of all that were opened. */
  readonly calls: (operation: string) => Promise<number>;
  /** As if every process had another machine. */
  readonly forgetCaches: () => Promise<void>;
}

export async function openStorageUnderTest(
  storage: TestStorage,
  { memoryCacheBytes = 1024 * 1024, ...given }: UnderTestOptions,
): Promise<StorageUnderTest> {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-storage-'));
  const stagingFolder = join(folder, 'store', 'staging', 'v3-1');
  const storagePrefix = `${randomUUID()}/`;
  const named = { storageUrl: storage.url, storageContainer: storage.container, storageCaFile: storage.caFile };
  const { log, told, lines } = listeningLog();
  const closing: (() => void)[] = [];
  const measured: Metrics[] = [];
  const openAs: StorageUnderTest['openAs'] = async (instance, more = {}, environment = storage.environment) => {
    const settings = z.strictObject(storageSettingsShape).parse({ storagePrefix, ...named, ...given, ...more });
    const parts = { dataFolder: folder, instance, memoryCacheBytes, environment };
    const metrics = createMetrics({ service: 'v3', instance });
    measured.push(metrics);
    const opened = await openRemoteStorage({ settings, ...parts, log, metrics });
    if (opened === undefined) throw new Error('the settings are those of a disk');
    closing.push(() => opened.close());
    return opened.blobs(stagingFolder);
  };
  const keyOf = (sha512: string): string => `${storagePrefix}${sha512.slice(0, 2)}/${sha512}`;
  const cachedPath = (instance: string, sha512: string): string =>
    join(folder, 'storage-cache', instance, 'blobs', sha512.slice(0, 2), sha512.slice(2, 4), sha512);
  const store = await openAs('v3-1');
  return {
    folder,
    store,
    told,
    lines,
    calls: async (operation) => {
      const pages = await Promise.all(measured.map((metrics) => metrics.render()));
      return pages.reduce((sum, { body }) => sum + callsIn(body, operation), 0);
    },
    forgetCaches: async () => {
      for (const name of await readdir(join(folder, 'storage-cache'))) {
        await rm(join(folder, 'storage-cache', name, 'blobs'), { recursive: true });
        await mkdir(join(folder, 'storage-cache', name, 'blobs'));
      }
    },
    keyOf,
    cachedPath,
    openAs,
    reopen: () => openAs('v3-1'),
    damage: async (sha512) => {
      await storage.overwrite(keyOf(sha512), Buffer.from('#'));
      await damageCopy(cachedPath('v3-1', sha512));
    },
    stagedFiles: async () => (await readdir(stagingFolder).catch(() => [])).length,
    dispose: async () => {
      for (const close of closing) close();
      await rm(folder, { recursive: true });
    },
  };
}

function listeningLog(): { readonly log: Logger } & Pick<StorageUnderTest, 'told' | 'lines'> {
  const told: string[] = [];
  const lines: unknown[] = [];
  const tell = (message: string, ...rest: readonly unknown[]): void => {
    told.push(message);
    lines.push([message, ...rest.map((each) => (each instanceof Error ? [each.stack, each.cause] : each))]);
  };
  const log: Logger = { debug: tell, info: tell, warn: tell, error: tell, child: () => log };
  return { log, told, lines };
}

function callsIn(page: string, operation: string): number {
  const counts = page.matchAll(/^feedfleet_storage_request_duration_seconds_count\{(.*)\} (\d+)$/gm);
  return [...counts].reduce(
    (sum, [, labels, count]) => sum + (labels?.includes(`operation="${operation}"`) === true ? Number(count) : 0),
    0,
  );
}

/** As a disk does that loses a byte. */
export async function damageCopy(path: string): Promise<void> {
  const file = await open(path, 'r+');
  await file.write('#', 3);
  await file.close();
}
