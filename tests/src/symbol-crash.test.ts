/** Pushes of symbols while their process is killed again and again: what was acknowledged is there, whole; of the rest, nothing is left. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { newKey } from '@feedfleet/registry-client';
import { openEmbeddedStore } from '@feedfleet/store';

import { buildPackage, buildSymbolsPackage } from './support/package-builder.ts';
import { buildPortablePdb } from './support/pdb-builder.ts';
import { snapshotWith, startPushProcess, startSnapshotServer } from './support/push-process.ts';
import type { PushProcess } from './support/push-process.ts';

const PUSHES = 60;
/** Longest life of a process after it is ready, in milliseconds; a few pushes take about as long. */
const LONGEST_LIFE_MS = 150;
const FEED_ID = 'feed-1';
const INSTANCE = 'push-1';

const key = newKey();
let dataFolder = '';
let registryUrl = '';
let server: Server;
let kills = 0;
const acknowledged = new Set<number>();

const start = (): Promise<PushProcess> => startPushProcess({ dataFolder, registryUrl, instance: INSTANCE });
const idOf = (number: number): string => `Crash.P${number}`;
const guidOf = (number: number): string => createHash('md5').update(String(number)).digest('hex');
const symbolsOf = (number: number): Buffer =>
  buildSymbolsPackage({
    id: idOf(number),
    files: { 'lib/a.pdb': buildPortablePdb({ guid: guidOf(number), content: noiseOf(number) }) },
  });
const noiseOf = (number: number): Buffer =>
  Buffer.concat(Array.from({ length: 400 }, (_, at) => createHash('sha512').update(`${number} ${at}`).digest()));

async function put(url: string, body: Buffer): Promise<number> {
  const headers = { 'x-nuget-apikey': key };
  const response = await fetch(url, { method: 'PUT', headers, body: new Uint8Array(body) });
  await response.arrayBuffer();
  return response.status;
}

async function pushUntilKilled(process: PushProcess, left: number[]): Promise<void> {
  const life = new AbortController();
  const killed = new Promise<void>((resolve) => setTimeout(resolve, Math.random() * LONGEST_LIFE_MS)).then(() => {
    life.abort();
    return process.end('SIGKILL');
  });
  for (let number = left.pop(); number !== undefined; number = life.signal.aborted ? undefined : left.pop()) {
    const status = await put(`${process.url}/F/Tools/api/v2/symbolpackage/`, symbolsOf(number)).catch(() => 0);
    if (status === 201) acknowledged.add(number);
  }
  await killed;
}

beforeAll(async () => {
  dataFolder = await mkdtemp(path.join(tmpdir(), 'feedfleet-crash-'));
  ({ url: registryUrl, server } = await startSnapshotServer(snapshotWith(FEED_ID, key)));
  const first = await start();
  const left = Array.from({ length: PUSHES }, (_, number) => number);
  for (const number of left) {
    expect(await put(`${first.url}/F/Tools/api/v2/package/`, buildPackage({ id: idOf(number) }))).toBe(201);
  }
  await first.end('SIGTERM');
  while (left.length > 0) {
    await pushUntilKilled(await start(), left);
    kills += 1;
  }
  // The next start collects the litter of the last one.
  await (await start()).end('SIGTERM');
}, 600_000);

afterAll(async () => {
  server.close();
  await rm(dataFolder, { recursive: true, force: true });
});

describe('pushes of symbols under kill -9 of the push process', () => {
  it('left every acknowledged one whole, no half one, and nothing that no version needs', async () => {
    expect(kills).toBeGreaterThan(2);
    expect(acknowledged.size).toBeGreaterThan(5);
    expect(acknowledged.size).toBeLessThan(PUSHES);
    const folder = path.join(dataFolder, 'store');
    const store = await openEmbeddedStore({ folder, instance: 'reader', readOnly: true });
    let found = 0;
    try {
      for (let number = 0; number < PUSHES; number += 1) {
        const query = { fileName: 'a.pdb', signature: `${guidOf(number)}ffffffff`, checksums: [] };
        const file = await store.symbols.findSymbols(FEED_ID, query);
        if (file === undefined) expect(acknowledged).not.toContain(number);
        else {
          found += 1;
          const blob = await store.blobs.open(file.sha512);
          expect(blob?.bytes?.equals(symbolsOf(number))).toBe(true);
        }
      }
    } finally {
      store.close();
    }
    const files = async (name: string): Promise<number> => {
      const entries = await readdir(path.join(folder, name), { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).length;
    };
    expect(await files('blobs')).toBe(PUSHES + found);
    expect(await files(path.join('staging', INSTANCE)).catch(() => 0)).toBe(0);
  });
});
