import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { DatabaseSync } from 'node:sqlite';
import { everything, sampleVersion, sha512Of } from '../sample-packages.ts';
import { publish } from '../store-under-test.ts';
import type { RemoveBlob } from '../blob-store.ts';
import { isLeftOpen, openEmbeddedStore } from './open-embedded-store.ts';
import type { EmbeddedStore } from './open-embedded-store.ts';

interface Pusher {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly exited: Promise<unknown>;
  /** The next line that the process tells; undefined at its end. */
  readonly line: () => Promise<string | undefined>;
}

let folder: string;
let pushers: Pusher[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-processes-'));
  pushers = [];
});
afterEach(async () => {
  for (const { child, exited } of pushers) {
    child.kill('SIGKILL');
    await exited;
  }
  await rm(folder, { recursive: true });
});

function startPusher(instance: string, count: number, mode = ''): Pusher {
  const script = join(import.meta.dirname, 'pushing-process.ts');
  const child = spawn(process.execPath, [script, folder, instance, String(count), mode], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: {},
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string | undefined> => {
    const next = await lines.next();
    return next.done === true ? undefined : next.value;
  };
  const pusher = { child, exited: once(child, 'exit'), line };
  pushers.push(pusher);
  return pusher;
}

async function linesOf(pusher: Pusher): Promise<readonly string[]> {
  const lines: string[] = [];
  for (let line = await pusher.line(); line !== undefined; line = await pusher.line()) {
    lines.push(line);
  }
  return lines;
}

async function withStore<T>(work: (store: EmbeddedStore) => Promise<T>): Promise<T> {
  const store = await openEmbeddedStore({ folder, instance: 'reader' });
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

async function blobFiles(): Promise<readonly string[]> {
  const entries = await readdir(join(folder, 'blobs'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
}

describe('several processes on one folder', () => {
  it('start at once on an empty one, push at once and lose nothing', async () => {
    const [one, two] = [startPusher('one', 60), startPusher('two', 60)];
    const told = await Promise.all([linesOf(one), linesOf(two)]);
    expect(told.map((lines) => lines.filter((line) => line.startsWith('added')).length)).toEqual([60, 60]);
    expect(await Promise.all([one.exited, two.exited])).toEqual([
      [0, null],
      [0, null],
    ]);
    await withStore(async ({ metadata, blobs }) => {
      expect(metadata.revisionOf('f')).toBe(120);
      expect(await metadata.statistics('f')).toMatchObject({ packages: 2, versions: 120 });
      expect(await metadata.catalogAfter(0, 1000)).toHaveLength(120);
      for (const version of [...(await metadata.versionsOf('f', 'one')), ...(await metadata.versionsOf('f', 'two'))]) {
        expect((await blobs.open(version.sha512))?.sizeBytes).toBe(version.sizeBytes);
      }
    });
  });

  it("see each other's changes as soon as they are acknowledged", async () => {
    const pusher = startPusher('one', 10, 'stepwise');
    await expect(pusher.line()).resolves.toBe('ready');
    await withStore(async ({ metadata }) => {
      for (let change = 1; change <= 10; change += 1) {
        expect(metadata.revisionOf('f')).toBe(change - 1);
        pusher.child.stdin.write('go\n');
        await expect(pusher.line()).resolves.toBe(`added 1.0.${change - 1}`);
        expect(metadata.revisionOf('f')).toBe(change);
        expect((await metadata.search('f', everything)).hits[0]?.versions).toHaveLength(change);
      }
    });
  });

  it('leave one file behind when the last of them closes', async () => {
    const pusher = startPusher('one', 3);
    await linesOf(pusher);
    await pusher.exited;
    await withStore(async ({ metadata }) => expect(await metadata.versionsOf('f', 'one')).toHaveLength(3));
    expect((await readdir(folder)).filter((name) => name.startsWith('feedfleet.db'))).toEqual(['feedfleet.db']);
  });
});

describe('a process that is killed', () => {
  it.each([
    { step: 'staged', swept: 1, removed: 0, versions: 0 },
    { step: 'intended', swept: 1, removed: 1, versions: 0 },
    { step: 'committed', swept: 0, removed: 1, versions: 0 },
    { step: 'added', swept: 0, removed: 0, versions: 1 },
  ])(
    'when it has $step leaves the whole package or, after the next start, nothing',
    async ({ step, swept, removed, versions }) => {
      const pusher = startPusher('one', 1, `stop=${step}`);
      for (let line = await pusher.line(); line !== step; line = await pusher.line()) {
        expect(line).toBeDefined();
      }
      pusher.child.kill('SIGKILL');
      await pusher.exited;
      const restarted = await openEmbeddedStore({ folder, instance: 'one' });
      const remove: RemoveBlob = (sha512) => restarted.blobs.remove(sha512);
      await expect(restarted.blobs.sweepStaging()).resolves.toEqual({ removed: swept });
      await expect(restarted.metadata.releaseIntents('one', remove)).resolves.toEqual({ removed });
      expect(await restarted.metadata.versionsOf('f', 'one')).toHaveLength(versions);
      expect(await blobFiles()).toHaveLength(versions);
      expect(await readdir(join(folder, 'staging', 'one'))).toEqual([]);
      restarted.close();
    },
  );
});

describe('an instance that is held', () => {
  const take = (waitMs: number, signal = new AbortController().signal): Promise<EmbeddedStore> =>
    openEmbeddedStore({ folder, instance: 'one', holdInstance: { waitMs, signal } });
  const staged = (): Promise<string[]> => readdir(join(folder, 'staging', 'one'));

  async function startHolder(): Promise<Pusher> {
    const holder = startPusher('one', 1, 'stop=staged');
    for (let line = await holder.line(); line !== 'staged'; line = await holder.line()) {
      expect(line).toBeDefined();
    }
    return holder;
  }

  it('is waited for until its process is gone, whose files are left alone before', async () => {
    const holder = await startHolder();
    const taking = take(60_000);
    await expect(take(30)).rejects.toMatchObject({ code: 'FF_ALREADY_RUNNING' });
    expect(await staged()).toHaveLength(1);
    holder.child.kill('SIGKILL');
    const store = await taking;
    await expect(store.blobs.sweepStaging()).resolves.toEqual({ removed: 1 });
    await expect(take(0)).rejects.toMatchObject({ code: 'FF_ALREADY_RUNNING' });
    store.close();
    (await take(0)).close();
    // Whoever ends in order leaves not even a folder: there is nothing to be taken back.
    expect(isLeftOpen(folder, 'one')).toBe(false);
  });

  it('is not waited for any longer than somebody wants it', async () => {
    await startHolder();
    const ending = new AbortController();
    const taking = take(60_000, ending.signal);
    ending.abort(new Error('ended'));
    await expect(taking).rejects.toThrow('ended');
  });

  it('keeps out neither readers nor other instances', async () => {
    await startHolder();
    await withStore(({ metadata }) => expect(metadata.versionsOf('f', 'one')).resolves.toEqual([]));
    const other = await openEmbeddedStore({ folder, instance: 'two', holdInstance: { waitMs: 0 } });
    other.close();
  });
});

describe('a store that cannot be used', () => {
  it('is unavailable while another process holds the write lock, and reads go on', async () => {
    const store = await openEmbeddedStore({ folder, instance: 'one', busyTimeoutMs: 30 });
    await publish(store.metadata, 'f', sampleVersion({ id: 'A', version: '1.0.0' }), 'one');
    const other = new DatabaseSync(join(folder, 'feedfleet.db'));
    other.exec('BEGIN IMMEDIATE');
    await expect(store.metadata.intendBlob(sha512Of('x'), 'one')).rejects.toMatchObject({
      code: 'FF_STORE_UNAVAILABLE',
    });
    expect(store.metadata.revisionOf('f')).toBe(1);
    expect(await store.metadata.versionsOf('f', 'A')).toHaveLength(1);
    other.exec('ROLLBACK');
    await expect(store.metadata.intendBlob(sha512Of('x'), 'one')).resolves.toBeUndefined();
    other.close();
    store.close();
  });

  it('says so when it is closed, damaged or from the future', async () => {
    const store = await openEmbeddedStore({ folder, instance: 'one' });
    store.close();
    store.close();
    expect(() => store.metadata.revisionOf('f')).toThrow('The package store is unavailable');
    await expect(store.metadata.setListed('f', 'A', '1.0.0', true)).rejects.toMatchObject({
      code: 'FF_STORE_UNAVAILABLE',
    });
    const database = new DatabaseSync(join(folder, 'feedfleet.db'));
    database.exec('PRAGMA user_version = 9999');
    database.close();
    await expect(openEmbeddedStore({ folder, instance: 'one' })).rejects.toMatchObject({ code: 'FF_FOLDER_UNUSABLE' });
    await writeFile(join(folder, 'feedfleet.db'), 'this is no database, whatever its name says '.repeat(100));
    await expect(openEmbeddedStore({ folder, instance: 'one' })).rejects.toMatchObject({
      code: 'FF_STORE_UNAVAILABLE',
    });
  });

  it('refuses changes when it was opened for reading', async () => {
    const store = await openEmbeddedStore({ folder, instance: 'one', readOnly: true });
    await expect(store.metadata.intendBlob(sha512Of('x'), 'one')).rejects.toMatchObject({
      code: 'FF_INVALID_ARGUMENT',
    });
    expect(store.metadata.revisionOf('f')).toBe(0);
    store.close();
  });
});
