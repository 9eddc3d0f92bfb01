/** An acknowledged package survives kill -9 at any moment, an unacknowledged one is there whole or not at all. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newKey } from '@feedfleet/registry-client';
import { openEmbeddedStore } from '@feedfleet/store';

import { buildPackage } from './support/package-builder.ts';
import { snapshotWith, startPushProcess, startSnapshotServer } from './support/push-process.ts';
import type { PushProcess } from './support/push-process.ts';

const PUSHES = 200;
const AT_A_TIME = 4;
/** Longest life of a process after it is ready, in milliseconds; a few pushes take about as long. */
const LONGEST_LIFE_MS = 250;
const FEED_ID = 'feed-1';
const INSTANCE = 'push-1';

const key = newKey();
let dataFolder = '';
let registryUrl = '';
let server: Server;
let acknowledged: ReadonlySet<number> = new Set();
let kills = 0;

const start = (): Promise<PushProcess> => startPushProcess({ dataFolder, registryUrl, instance: INSTANCE });
const idOf = (number: number): string => `Crash.P${number}`;
/** A few dozen kilobytes that do not compress, different for each, the same each time. */
const packageOf = (number: number): Buffer => {
  const noise = Array.from({ length: 600 }, (_, index) => createHash('sha512').update(`${number} ${index}`).digest());
  return buildPackage({ id: idOf(number), files: { 'lib/net8.0/a.dll': Buffer.concat(noise) } });
};

/** Whether the push was acknowledged. */
async function push(url: string, number: number): Promise<boolean> {
  try {
    const response = await fetch(`${url}/F/Tools/api/v2/package/`, {
      method: 'PUT',
      headers: { 'x-nuget-apikey': key, 'content-type': 'application/octet-stream' },
      body: new Uint8Array(packageOf(number)),
    });
    await response.arrayBuffer();
    return response.status === 201;
  } catch {
    return false;
  }
}

/** Pushes what is left, each package once, until the process is killed. */
async function pushUntilKilled(process: PushProcess, left: number[], done: Set<number>): Promise<void> {
  let isKilled = false;
  const killed = new Promise<void>((resolve) => setTimeout(resolve, Math.random() * LONGEST_LIFE_MS)).then(() => {
    isKilled = true;
    return process.end('SIGKILL');
  });
  const pusher = async (): Promise<void> => {
    for (let number = left.pop(); number !== undefined; number = isKilled ? undefined : left.pop()) {
      if (await push(process.url, number)) done.add(number);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, pusher));
  await killed;
}

beforeAll(async () => {
  dataFolder = await mkdtemp(path.join(tmpdir(), 'feedfleet-crash-'));
  ({ url: registryUrl, server } = await startSnapshotServer(snapshotWith(FEED_ID, key)));
  const left = Array.from({ length: PUSHES }, (_, number) => number);
  const done = new Set<number>();
  while (left.length > 0) {
    await pushUntilKilled(await start(), left, done);
    kills += 1;
  }
  acknowledged = done;
  // The next start collects the litter of the last one.
  await (await start()).end('SIGTERM');
}, 600_000);

afterAll(async () => {
  server.close();
  await rm(dataFolder, { recursive: true, force: true });
});

describe('200 pushes under kill -9 of the push process', () => {
  it('were acknowledged in part and cut in part', () => {
    expect(kills).toBeGreaterThan(5);
    expect(acknowledged.size).toBeGreaterThan(20);
    expect(acknowledged.size).toBeLessThan(PUSHES);
  });

  it('left every acknowledged package whole, and no half one', async () => {
    const store = await openEmbeddedStore({
      folder: path.join(dataFolder, 'store'),
      instance: 'reader',
      readOnly: true,
    });
    try {
      const missing: number[] = [];
      for (let number = 0; number < PUSHES; number += 1) {
        const version = await store.metadata.version(FEED_ID, idOf(number), '1.0.0');
        const blob = version === undefined ? undefined : await store.blobs.open(version.sha512);
        if (version === undefined) {
          if (acknowledged.has(number)) missing.push(number);
        } else expect(blob?.bytes?.equals(packageOf(number))).toBe(true);
      }
      expect(missing).toEqual([]);
    } finally {
      store.close();
    }
  });

  it('left nothing that no version needs', async () => {
    const store = await openEmbeddedStore({
      folder: path.join(dataFolder, 'store'),
      instance: 'reader',
      readOnly: true,
    });
    const { versions } = await store.metadata.statistics(FEED_ID);
    store.close();
    const files = async (folder: string): Promise<readonly string[]> => {
      const entries = await readdir(path.join(dataFolder, 'store', folder), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
    };
    expect(await files('blobs')).toHaveLength(versions);
    expect(await files(path.join('staging', INSTANCE)).catch(() => [])).toEqual([]);
  });
});
