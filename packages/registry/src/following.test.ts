/** Processes that follow the registry: what a write's answer promises, drains, and a registry that is killed. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { authorize, hashKey, openRegistryMirror, readCredentials, RegistryApi } from '@feedfleet/registry-client';
import type { RegistryMirror } from '@feedfleet/registry-client';

import { openRegistryUnderTest, operatorToken } from './registry-under-test.ts';
import type { RegistryUnderTest } from './registry-under-test.ts';

let registry: RegistryUnderTest;
beforeEach(async () => {
  registry = await openRegistryUnderTest();
});
afterEach(() => registry.dispose());

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await turn();
}

/** Waits until the registry knows that all of them wait for changes. */
async function following(count: number): Promise<void> {
  await until(async () => {
    const { subscribers } = await registry.operator().fleet();
    return subscribers.filter(({ isPolling }) => isPolling).length === count;
  });
}

function mayRead(mirror: RegistryMirror, feedName: string, key: string): boolean {
  const view = mirror.current();
  const feed = view.feedByName(feedName);
  if (feed === undefined) return false;
  const credentials = readCredentials({ 'x-nuget-apikey': key }, null);
  return authorize(view, { feed, credentials, scope: 'read', now: Date.now() }).outcome === 'granted';
}

describe('processes that follow', () => {
  it('have every change when its answer is there: a new feed is served, a revoked key refused', async () => {
    const mirrors = await Promise.all(['a', 'b', 'c'].map((name) => registry.openMirror(name)));
    await following(3);
    const operator = registry.operator();
    for (let round = 0; round < 10; round += 1) {
      const name = `feed-${round}`;
      const { change } = await operator.feeds.create({ name });
      expect(change.applied).toEqual({ processes: 3, of: 3 });
      const { key, secret } = await operator.keys.create({ name, feeds: [name], scopes: ['read'] });
      expect(mirrors.map((mirror) => mayRead(mirror, name, secret))).toEqual([true, true, true]);
      await operator.keys.revoke(key.id);
      expect(mirrors.map((mirror) => mayRead(mirror, name, secret))).toEqual([false, false, false]);
    }
  });

  it('are waited for as soon as they have a view, before they first ask for changes', async () => {
    const operator = registry.operator();
    for (let round = 0; round < 20; round += 1) {
      const mirror = await registry.openMirror(`starting-${round}`);
      const { feed } = await operator.feeds.create({ name: `feed-${round}` });
      expect(mirror.current().feedById(feed.id)).toBeDefined();
    }
  });

  it('come back with a revocation, a deletion and a change of visibility whose answer was there when they died', async () => {
    await registry.openMirror('a');
    await following(1);
    const operator = registry.operator();
    const { feed: open } = await operator.feeds.create({ name: 'open', visibility: 'public' });
    await operator.feeds.create({ name: 'gone' });
    const { key, secret } = await operator.keys.create({ name: 'k', feeds: 'all', scopes: ['read'] });
    const other = await operator.keys.create({ name: 'o', feeds: 'all', scopes: ['read'] });
    await operator.feeds.update(open.id, { visibility: 'private' });
    await operator.feeds.delete('gone');
    await operator.keys.revoke(key.id);
    const restarted = await registry.openFromDisk('a');
    const read = [
      mayRead(restarted, 'open', ''),
      mayRead(restarted, 'open', secret),
      mayRead(restarted, 'gone', secret),
    ];
    expect(read).toEqual([false, false, false]);
    expect(mayRead(restarted, 'open', other.secret)).toBe(true);
  });

  it('hold a write for two seconds at most, and its answer says how many lag', async () => {
    await registry.openMirror('live');
    await following(1);
    const operator = registry.operator();
    const { number } = await operator.fleet();
    await operator.changes({ after: number, waitMs: 0, subscriber: 'stuck' });
    const started = performance.now();
    const { change } = await operator.feeds.create({ name: 'slow' });
    expect(change.applied).toEqual({ processes: 1, of: 2 });
    expect(performance.now() - started).toBeGreaterThan(1900);
    await operator.unsubscribe('stuck');
    expect((await operator.feeds.create({ name: 'fast' })).change.applied).toEqual({ processes: 1, of: 1 });
  });

  it('go on when the registry is restarted', async () => {
    const mirror = await registry.openMirror('a');
    await following(1);
    await registry.restart();
    await registry.operator().feeds.create({ name: 'after' });
    await until(() => mirror.current().feedByName('after') !== undefined);
    expect(mirror.state().connected).toBe(true);
  });

  it('are waited for by the first write after a restart, but not who took leave before it', async () => {
    const [mirror, gone] = [await registry.openMirror('a'), await registry.openMirror('b')];
    await following(2);
    await gone.close();
    await registry.restart();
    const { change } = await registry.operator().feeds.create({ name: 'first' });
    expect(mirror.current().feedByName('first')).toBeDefined();
    expect(change.applied).toEqual({ processes: 1, of: 1 });
  });

  it('are answered at once when the registry drains', async () => {
    const operator = registry.operator();
    const { number } = await operator.fleet();
    const polls = Array.from({ length: 200 }, (_, index) =>
      operator.changes({ after: number, waitMs: 20_000, subscriber: `s${index}` }),
    );
    await following(200);
    const started = performance.now();
    await registry.restart();
    const answers = await Promise.all(polls);
    expect(answers.every(({ changes }) => changes.length === 0)).toBe(true);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('get a change by the thousand', async () => {
    const operator = registry.operator();
    const { number } = await operator.fleet();
    const polls = Array.from({ length: 1000 }, () => {
      const query = `after=${number}&waitMs=20000`;
      return fetch(`${registry.url()}/api/changes?${query}`, { headers: { authorization: `Bearer ${operatorToken}` } });
    });
    await operator.families.put('new', { title: '' });
    const bodies = await Promise.all(polls.map(async (poll) => (await poll).json() as Promise<{ changes: unknown[] }>));
    expect(bodies.every(({ changes }) => changes.length === 1)).toBe(true);
  });
});

describe('a registry process', () => {
  const children: ChildProcess[] = [];
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => end(child, 'SIGKILL')));
  });

  async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }

  async function freePort(): Promise<number> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return port;
  }

  async function spawnRegistry(port: number): Promise<ChildProcess> {
    const url = `http://127.0.0.1:${port}`;
    const child = spawn(process.execPath, [path.join(import.meta.dirname, 'main.ts')], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        NODE_NO_WARNINGS: '1',
        FEEDFLEET_INSTANCE: 'registry-1',
        FEEDFLEET_LISTEN_PORT: String(port),
        FEEDFLEET_DATA_FOLDER: path.join(registry.folder, 'process'),
        FEEDFLEET_REGISTRY_URL: url,
        FEEDFLEET_REGISTRY_TOKEN: operatorToken,
      },
    });
    children.push(child);
    await once(child, 'message');
    return child;
  }

  it('is killed and comes back: nothing acknowledged is lost, and mirrors follow again', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const api = new RegistryApi({ url, token: operatorToken });
    const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
    const first = await spawnRegistry(port);
    const mirror = await openRegistryMirror({
      registryUrl: url,
      token: operatorToken,
      folder: path.join(registry.folder, 'mirror'),
      subscriber: 'v2-1',
      log: silent,
      signal: new AbortController().signal,
    });
    await mirror.ready(AbortSignal.timeout(10_000));
    const { key, secret } = await api.keys.create({ name: 'k', feeds: 'all', scopes: ['read'] });
    await api.feeds.create({ name: 'before' });
    await end(first, 'SIGKILL');
    await until(() => !mirror.state().connected);
    expect(mirror.current().keyByHash(hashKey(secret))?.id).toBe(key.id);
    await expect(api.feeds.create({ name: 'during' })).rejects.toMatchObject({ code: 'FF_REGISTRY_UNAVAILABLE' });
    const second = await spawnRegistry(port);
    await api.feeds.create({ name: 'after' });
    await until(() => mirror.current().feedByName('after') !== undefined);
    expect(mirror.current().toSnapshot()).toEqual(await api.snapshot());
    expect(
      mirror
        .current()
        .feeds.map(({ name }) => name)
        .sort(),
    ).toEqual(['after', 'before']);
    await mirror.close();
    await end(second, 'SIGTERM');
    expect(second.exitCode).toBe(0);
  });
});
