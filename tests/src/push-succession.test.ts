/** A push process that outlives its supervisor keeps what it is receiving, though its successor has the same name. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { newKey } from '@feedfleet/registry-client';

import { buildPackage } from './support/package-builder.ts';
import { snapshotWith, startPushProcess, startSnapshotServer } from './support/push-process.ts';
import type { PushProcess } from './support/push-process.ts';

/** How long the upload takes, in milliseconds: longer than a push process needs to start. */
const UPLOAD_MS = 5_000;
const PIECES = 50;

const key = newKey();
let dataFolder = '';
let registryUrl = '';
let server: Server;

beforeAll(async () => {
  dataFolder = await mkdtemp(path.join(tmpdir(), 'feedfleet-succession-'));
  ({ url: registryUrl, server } = await startSnapshotServer(snapshotWith('feed-1', key)));
});
afterAll(async () => {
  server.close();
  await rm(dataFolder, { recursive: true, force: true });
});

const start = (): Promise<PushProcess> => startPushProcess({ dataFolder, registryUrl, instance: 'push-1' });

async function* slowly(content: Buffer, onFirst: () => void): AsyncGenerator<Buffer> {
  const size = Math.ceil(content.length / PIECES);
  for (let from = 0; from < content.length; from += size) {
    yield content.subarray(from, from + size);
    await delay(UPLOAD_MS / PIECES);
    onFirst();
  }
}

async function push(url: string, id: string, onFirst = (): void => undefined): Promise<number> {
  const content = buildPackage({ id, files: { 'lib/net8.0/a.dll': randomBytes(500_000) } });
  const response = await fetch(`${url}/F/Tools/api/v2/package/`, {
    method: 'PUT',
    headers: { 'x-nuget-apikey': key, 'content-type': 'application/octet-stream' },
    body: Readable.toWeb(Readable.from(slowly(content, onFirst))),
    duplex: 'half',
  });
  await response.arrayBuffer();
  return response.status;
}

it('ends a push that its successor finds under way, and only then gives way', async () => {
  const old = await start();
  const told: string[] = [];
  const underWay = Promise.withResolvers<undefined>();
  const pushing = push(old.url, 'Old', () => underWay.resolve(undefined)).then((status) => told.push(`old ${status}`));
  await underWay.promise;
  const starting = start().then((process) => {
    told.push('successor ready');
    return process;
  });
  await pushing;
  await old.end('SIGTERM');
  const successor = await starting;
  expect(told).toEqual(['old 201', 'successor ready']);
  expect(await push(successor.url, 'New')).toBe(201);
  await successor.end('SIGTERM');
}, 120_000);
