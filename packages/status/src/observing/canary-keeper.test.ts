import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { settingsSchema } from '../settings.ts';
import { StatusDatabase } from '../storage/status-database.ts';
import { CanaryKeeper } from './canary-keeper.ts';
import { registryApiOf } from './fleet-discovery.ts';
import { observingMigrations, ObservingStore } from './observing-store.ts';

let folder: string;
let database: StatusDatabase;
let balancer: Server;
/** Of pushes, by the end of their path. */
let statuses: Record<string, number>;
let keeper: CanaryKeeper;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-canary-'));
  database = StatusDatabase.open(path.join(folder, 'status.db'), [
    { name: 'observing', migrations: observingMigrations },
  ]);
  statuses = { package: 201, symbolpackage: 201 };
  balancer = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(statuses[request.url?.split('/').at(-1) ?? ''] ?? 500).end();
    });
  });
  await new Promise<void>((resolve) => balancer.listen(0, '127.0.0.1', resolve));
  const entryUrl = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
  const store = new ObservingStore(database);
  store.keep('canary', { feed: 'canary', key: 'key', keyId: '1', isFilled: false });
  const settings = {
    instance: 'test',
    listenPort: 0,
    dataFolder: folder,
    registryUrl: entryUrl,
    registryToken: 'token',
  };
  const api = registryApiOf(settingsSchema.parse(settings));
  if (api === undefined) throw new Error('expected a registry');
  keeper = new CanaryKeeper({ store, api, feed: 'canary', entryUrl, timeoutMs: 5000 });
});
afterEach(async () => {
  database.close();
  rmSync(folder, { recursive: true });
  balancer.closeAllConnections();
  await new Promise((resolve) => balancer.close(resolve));
});

const ensure = (): Promise<void> => keeper.ensure(new AbortController().signal);

describe('the canary', () => {
  it('is read also while its symbols cannot be pushed, which are waited for', async () => {
    expect(keeper.current()).toBeUndefined();
    statuses.symbolpackage = 500;
    await expect(ensure()).rejects.toThrow('push of symbols: expected 201 or 202, got 500');
    expect(keeper.current()).toEqual({ feed: 'canary', key: 'key', awaitsSymbols: true });
    statuses.symbolpackage = 201;
    await ensure();
    expect(keeper.current()).toEqual({ feed: 'canary', key: 'key' });
  });

  it('has its package when that is there already, which is not so of symbols', async () => {
    statuses = { package: 409, symbolpackage: 409 };
    await expect(ensure()).rejects.toThrow('push of symbols: expected 201 or 202, got 409');
    expect(keeper.current()).toMatchObject({ awaitsSymbols: true });
  });
});
