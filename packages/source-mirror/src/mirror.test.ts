import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { askUntil, describePackageSource, samplePackages } from '@feedfleet/package-source-conformance';
import type { SamplePackage } from '@feedfleet/package-source-conformance';
import { storeSource } from '@feedfleet/leaf-protocol';
import type { Ask, PackageSource, SourceAnswer } from '@feedfleet/package-sources';
import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore } from '@feedfleet/store';

import { Mirror } from './mirror.ts';

const COPIED = { feedId: 'f', sourceId: 'source-1', origin: 'v3 https://packages.example/v3/index.json' };
const STALE_MS = 100_000;
const [never] = [new AbortController().signal];
const ask = askUntil(never);

/** A gallery in a store of its own, which can be down; and the mirror of a process in another one. */
class MirrorFixture {
  readonly #folders: readonly string[];
  readonly #gallery: EmbeddedStore;
  store: EmbeddedStore;
  mirror: Mirror;
  isDown = false;
  /** The gallery no longer lets the credential in. */
  isDenying = false;
  now = 1_000_000;
  /** Questions that reached the gallery. */
  asked = 0;
  readonly faults: unknown[] = [];
  /** Takes the place of what the gallery sends. */
  body: (() => Readable) | undefined;

  private constructor(folders: readonly string[], gallery: EmbeddedStore, store: EmbeddedStore) {
    this.#folders = folders;
    this.#gallery = gallery;
    this.store = store;
    this.mirror = this.#open();
  }

  static async open(packages: readonly SamplePackage[]): Promise<MirrorFixture> {
    const folders = await Promise.all(['gallery', 'own'].map((name) => mkdtemp(join(tmpdir(), `feedfleet-${name}-`))));
    const [galleryFolder = '', folder = ''] = folders;
    const gallery = await openEmbeddedStore({ folder: galleryFolder, instance: 'push-1' });
    for (const each of packages) await push(gallery, each);
    const store = await openEmbeddedStore({ folder, instance: 'v3-1', readOnly: true });
    return new MirrorFixture(folders, gallery, store);
  }

  /** As a new process has it. */
  async restart({ maxBytes = 1_000_000 } = {}): Promise<void> {
    await this.mirror.close();
    this.store.close();
    const [, folder = ''] = this.#folders;
    this.store = await openEmbeddedStore({ folder, instance: 'v3-1', readOnly: true });
    this.mirror = this.#open(maxBytes);
  }

  source(): PackageSource {
    return this.mirror.of(this.#upstream(), COPIED, { staleMs: STALE_MS });
  }

  staged(): Promise<readonly string[]> {
    return readdir(join(this.#folders[1] ?? '', 'staging', 'v3-1')).catch(() => []);
  }

  async close(): Promise<void> {
    await this.mirror.close();
    this.store.close();
    this.#gallery.close();
    for (const folder of this.#folders) await rm(folder, { recursive: true });
  }

  #open(maxBytes = 1_000_000): Mirror {
    const { sourceCopies: copies, blobs } = this.store;
    const onFault = (error: unknown): unknown => this.faults.push(error);
    const bounds = { maxBytes, maxPackageBytes: 100_000 };
    return new Mirror({ copies, blobs, owner: 'v3-1', ...bounds, now: () => this.now, onFault });
  }

  #upstream(): PackageSource {
    const own = storeSource(this.#gallery, 'gallery');
    const reached = <T>(tell: () => Promise<SourceAnswer<T>>): Promise<SourceAnswer<T>> => {
      this.asked += 1;
      if (this.isDenying) return Promise.resolve({ ...DOWN, code: 'FF_SOURCE_DENIED' });
      return this.isDown ? Promise.resolve(DOWN) : tell();
    };
    return {
      versions: (ids, by) => reached(() => own.versions(ids, by)),
      search: (query, by) => reached(() => own.search(query, by)),
      complete: (query, by) => reached(() => own.complete(query, by)),
      page: (query, by) => reached(() => own.page(query, by)),
      content: (of, by) =>
        reached(async () => {
          const answer = await own.content(of, by);
          const { body } = this;
          if (body === undefined || answer.outcome !== 'answered' || answer.value === null) return answer;
          return { ...answer, value: { ...answer.value, open: body } };
        }),
    };
  }
}

const DOWN = {
  ...({ outcome: 'unavailable', code: 'FF_SOURCE_UNREACHABLE', detail: 'down' } as const),
  ...{ retryAfterMs: 0, requests: 1, tookMs: 1 },
};

async function push(
  store: EmbeddedStore,
  { metadata, listed, created, content, sha512 }: SamplePackage,
): Promise<void> {
  await store.metadata.intendBlob(sha512, 'push-1');
  await store.blobs.commit(await store.blobs.stage(Readable.from([content]), { maxBytes: 100_000 }));
  const fragments = { 'v2-entry': { format: 1, text: '' }, 'v3-leaf': { format: 1, text: '' } };
  const added = { metadata, sha512, sizeBytes: content.length, created, listed, fragments };
  await store.metadata.addVersion('gallery', added, 'push-1');
}

describePackageSource(
  'that is mirrored',
  async (packages) => {
    const fixture = await MirrorFixture.open(packages);
    return { source: fixture.source(), dispose: () => fixture.close() };
  },
  { searches: true, completes: true, pages: false, tellsHashes: true },
);

describe('A mirror', () => {
  let fixture: MirrorFixture;
  const web = { id: 'Acme.Web', normalizedVersion: '3.0.0' };
  const file = samplePackages.find(({ metadata }) => metadata.id === 'Acme.Web')?.content ?? Buffer.alloc(0);

  beforeEach(async () => {
    fixture = await MirrorFixture.open(samplePackages);
  });

  afterEach(() => fixture.close());

  async function download(by: Ask = ask): Promise<Buffer | undefined> {
    const answer = await fixture.source().content(web, by);
    if (answer.outcome !== 'answered' || answer.value === null) return undefined;
    return buffer(answer.value.open(never));
  }

  const copies = async (): Promise<number> => {
    await fixture.mirror.close();
    return (await fixture.store.sourceCopies.statistics('f'))[0]?.packages ?? 0;
  };

  const versions = (ids: readonly string[], by: Ask = ask) => fixture.source().versions(ids, by);

  it('gives a package that was downloaded once without asking, also after a restart, for as long as it is kept', async () => {
    expect(await download()).toEqual(file);
    expect(await copies()).toBe(1);
    await fixture.restart();
    fixture.isDown = true;
    fixture.now += 10 * STALE_MS;
    const before = fixture.asked;
    expect(await download()).toEqual(file);
    expect(fixture.asked).toBe(before);
    await fixture.store.sourceCopies.remove('f', 'source-1', (sha512) => fixture.store.blobs.remove(sha512));
    expect(await download()).toBeUndefined();
  });

  it('asks again for a package whose copy is gone from the disk, and mends it', async () => {
    await download();
    await fixture.mirror.close();
    const copy = await fixture.store.sourceCopies.find(COPIED, web);
    await fixture.store.blobs.remove(copy?.sha512 ?? '');
    expect(await download()).toEqual(file);
    await fixture.mirror.close();
    fixture.isDown = true;
    expect(await download()).toEqual(file);
  });

  it('keeps nothing of a package that breaks off, is not the one that was announced, or whose client leaves', async () => {
    const half = file.subarray(0, 10);
    fixture.body = () =>
      Readable.from(
        (async function* () {
          yield await Promise.resolve(half);
          throw new Error('broke off');
        })(),
        { objectMode: false },
      );
    await expect(download()).rejects.toThrow('broke off');
    expect(await copies()).toBe(0);
    fixture.body = () => Readable.from([half], { objectMode: false });
    expect(await download()).toEqual(half);
    expect(await copies()).toBe(0);
    fixture.body = () => Readable.from([half, half, half], { objectMode: false });
    const answer = await fixture.source().content(web, ask);
    if (answer.outcome !== 'answered') throw new Error('no answer');
    const client = answer.value?.open(never);
    await client?.[Symbol.asyncIterator]().next();
    client?.destroy();
    expect(await copies()).toBe(0);
    expect(await fixture.staged()).toEqual([]);
    expect(fixture.faults).toHaveLength(3);
  });

  it('keeps no more than it may, and goes on to give what it cannot keep', async () => {
    await fixture.restart({ maxBytes: 1 });
    expect(await download()).toEqual(file);
    expect(await copies()).toBe(0);
    expect(String(fixture.faults[0])).toContain('mirrors are full');
    expect(await download()).toEqual(file);
    expect(fixture.faults).toHaveLength(1);
  });

  it('gives a package whose copy cannot begin, and keeps it once it can', async () => {
    const { blobs, sourceCopies } = fixture.store;
    const large = Buffer.alloc(180_000, 1);
    const parts = [large.subarray(0, 60_000), large.subarray(60_000, 120_000), large.subarray(120_000)];
    const whole = fixture.body;
    fixture.body = () => Readable.from(parts, { objectMode: false });
    const release = sourceCopies.releaseIntents.bind(sourceCopies);
    sourceCopies.releaseIntents = () => Promise.reject(new Error('the store is locked'));
    expect(await download()).toEqual(large);
    sourceCopies.releaseIntents = release;
    const stage = blobs.stage.bind(blobs);
    blobs.stage = () => Promise.reject(new Error('the disk is full'));
    expect(await download()).toEqual(large);
    blobs.stage = stage;
    await fixture.mirror.close();
    expect(fixture.faults.map(String)).toEqual(['Error: the store is locked', 'Error: the disk is full']);
    fixture.body = whole;
    expect(await download()).toEqual(file);
    expect(await copies()).toBe(1);
  }, 10_000);

  it('takes away what a process of its name left when it died', async () => {
    const { blobs, sourceCopies } = fixture.store;
    const left = await blobs.stage(Readable.from([Buffer.from('litter')]), { maxBytes: 100 });
    await sourceCopies.intendBlob(left.sha512, 'v3-1');
    await blobs.commit(left);
    await fixture.restart();
    await download();
    expect(await copies()).toBe(1);
    expect(await fixture.store.blobs.open(left.sha512)).toBeUndefined();
  });

  it('says again what the source last said, marked and with its age, after a restart while the source is down', async () => {
    const said = await versions(['acme.core', 'acme.none']);
    await fixture.restart();
    fixture.isDown = true;
    fixture.now += 5000;
    const again = await versions(['acme.core', 'acme.none']);
    expect(again).toMatchObject({ outcome: 'answered', isStale: true, ageMs: 5000 });
    expect(valueOf(again)).toEqual(valueOf(said));
    expect(again).toMatchObject({ tag: Reflect.get(await versions(['acme.core', 'acme.none']), 'tag') as unknown });
  });

  it('says nothing for a source that is down where one id is not known, or what is known is too old', async () => {
    await versions(['acme.core']);
    await fixture.mirror.close();
    fixture.isDown = true;
    expect(await versions(['acme.core', 'acme.web'])).toEqual(DOWN);
    fixture.now += STALE_MS;
    expect(await versions(['acme.core'])).toMatchObject({ outcome: 'answered', isStale: true });
    fixture.now += 1;
    expect(await versions(['acme.core'])).toEqual(DOWN);
  });

  it('gives nothing of what a source denies, also when it is down later, until it tells of it again', async () => {
    await versions(['acme.web']);
    await download();
    await fixture.mirror.close();
    fixture.isDenying = true;
    expect(await versions(['acme.web'])).toMatchObject({ outcome: 'unavailable', code: 'FF_SOURCE_DENIED' });
    await fixture.restart();
    expect(await download()).toBeUndefined();
    [fixture.isDenying, fixture.isDown] = [false, true];
    expect(await versions(['acme.web'])).toEqual(DOWN);
    expect(await download()).toBeUndefined();
    fixture.isDown = false;
    await versions(['acme.web']);
    await fixture.mirror.close();
    fixture.isDown = true;
    expect(await versions(['acme.web'])).toMatchObject({ outcome: 'answered', isStale: true });
    expect(await download()).toEqual(file);
  });

  it('learns what the source says now, and writes what stays the same but now and then', async () => {
    await versions(['acme.web']);
    await fixture.mirror.close();
    const toldMs = async () =>
      (await fixture.store.sourceCopies.documents(COPIED, ['acme.web'])).get('acme.web')?.toldMs;
    const first = await toldMs();
    fixture.now += 1000;
    await versions(['acme.web']);
    await fixture.mirror.close();
    expect(await toldMs()).toBe(first);
    fixture.now += 3_600_000;
    await versions(['acme.web']);
    await fixture.mirror.close();
    expect(await toldMs()).toBe(fixture.now);
  });

  it('keeps nothing that was told to a query with a feed chain', async () => {
    const nested = askUntil(never, { isNested: true });
    await versions(['acme.web'], nested);
    expect(await download(nested)).toEqual(file);
    expect(await copies()).toBe(0);
    expect(await fixture.store.sourceCopies.documents(COPIED, ['acme.web'])).toEqual(new Map());
  });
});

function valueOf(answer: SourceAnswer<unknown>): unknown {
  return answer.outcome === 'answered' ? answer.value : answer;
}
