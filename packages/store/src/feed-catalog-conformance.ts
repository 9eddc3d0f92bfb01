/** What every feed catalog does, run over each implementation. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CatalogSnapshot, FeedCatalog, FeedCatalogEntry } from './feed-catalog.ts';
import type { MetadataStore } from './metadata-store.ts';
import { everyVersion, sampleMetadata, sampleVersion } from './sample-packages.ts';
import { OWNER, publish } from './store-under-test.ts';

export interface FeedCatalogUnderTest {
  readonly store: MetadataStore;
  readonly catalog: FeedCatalog;
  /** Sets the clock of the store, in milliseconds since 1970. */
  readonly setClock: (now: number) => void;
  readonly dispose: () => Promise<void>;
}

const NOON = Date.parse('2026-03-04T12:00:00.000Z');
const all = { from: 1, limit: 1000 };

/**
 * @example
 * describeFeedCatalog('SQLite', async () => ({ store, catalog, setClock, dispose }));
 */
export function describeFeedCatalog(name: string, open: () => Promise<FeedCatalogUnderTest>): void {
  describe(`the catalog of a feed on ${name}`, () => {
    let opened: FeedCatalogUnderTest;
    beforeEach(async () => {
      opened = await open();
      opened.setClock(NOON);
    });
    afterEach(() => opened.dispose());
    describeEntries(() => opened);
    describeTime(() => opened);
    describeHistory(() => opened);
  });
}

type Current = () => FeedCatalogUnderTest;

function describeEntries(current: Current): void {
  it('numbers the entries of each feed from 1 on without gaps', async () => {
    const { store, catalog } = current();
    expect(await catalog.head('f')).toBeUndefined();
    await publish(store, 'f', sampleVersion({ id: 'A', version: '1.0+x' }), OWNER);
    await publish(store, 'g', sampleVersion({ id: 'B', version: '1.0.0' }), OWNER);
    await store.setListed('f', 'a', '1.0.0', false);
    await store.deleteVersion('f', 'a', '1.0.0', () => undefined);
    const entries = await catalog.entries('f', all);
    expect(entries.map(({ number, kind, version, listed }) => [number, kind, version, listed])).toEqual([
      [1, 'pushed', '1.0+x', true],
      [2, 'unlisted', '1.0+x', false],
      [3, 'deleted', '1.0+x', false],
    ]);
    expect(await catalog.head('f')).toMatchObject({ number: 3 });
    expect(await catalog.entries('g', all)).toHaveLength(1);
    expect(await catalog.entries('nobody', all)).toEqual([]);
    expect((await catalog.entries('f', { from: 2, limit: 1 })).map(({ kind }) => kind)).toEqual(['unlisted']);
  });

  it('gives commits by their numbers, without those that are not there', async () => {
    const { store, catalog } = current();
    for (let patch = 0; patch < 4; patch += 1) {
      await publish(store, 'f', sampleVersion({ id: 'A', version: `1.0.${patch}` }), OWNER);
    }
    const entries = await catalog.entries('f', all);
    const commitOf = (entry?: FeedCatalogEntry) => ({ number: entry?.number, committedUs: entry?.committedUs });
    expect(await catalog.commits('f', [2, 4, 6])).toEqual([commitOf(entries[1]), commitOf(entries[3])]);
  });

  it('keeps what a version was, also when it has been deleted and pushed anew', async () => {
    const { store, catalog } = current();
    const first = sampleVersion({ id: 'A', version: '1.0.0', description: 'first' }, { sizeBytes: 11 });
    const second = sampleVersion({ id: 'A', version: '1.0.0', description: 'second' }, { sizeBytes: 22 });
    await publish(store, 'f', first, OWNER);
    const before = await catalog.snapshot('f', 1);
    expect(before).toMatchObject({ ...contentOf(first), kind: 'pushed', listed: true });
    await store.deleteVersion('f', 'A', '1.0.0', () => undefined);
    await publish(store, 'f', second, OWNER);
    expect(await catalog.snapshot('f', 1)).toEqual(before);
    expect(await catalog.snapshot('f', 2)).toMatchObject({ ...contentOf(first), kind: 'deleted' });
    expect(await catalog.snapshot('f', 3)).toMatchObject({ ...contentOf(second), kind: 'pushed' });
    expect(await catalog.snapshot('f', 4)).toBeUndefined();
  });

  it('gives the newest entries of some kinds, newest first', async () => {
    const { store, catalog } = current();
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
      await publish(store, 'f', sampleVersion({ id: 'A', version }), OWNER);
      await store.setListed('f', 'A', version, false);
    }
    const newest = async (...kinds: ('pushed' | 'unlisted' | 'deleted')[]): Promise<unknown[]> =>
      (await catalog.newest('f', { kinds, limit: 2 })).map(({ kind, version }) => `${kind} ${version}`);
    expect(await newest('pushed')).toEqual(['pushed 3.0.0', 'pushed 2.0.0']);
    expect(await newest('pushed', 'unlisted')).toEqual(['unlisted 3.0.0', 'pushed 3.0.0']);
    expect(await newest('deleted')).toEqual([]);
  });

  it('is not read for somebody who has gone, nor without bound', async () => {
    const { catalog } = current();
    await expect(catalog.head('f', AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
    await expect(catalog.entries('f', { from: 1, limit: 1001 })).rejects.toMatchObject({ code: 'FF_INVALID_ARGUMENT' });
  });
}

function contentOf({
  metadata,
  sizeBytes,
  sha512,
  created,
}: ReturnType<typeof sampleVersion>): Partial<CatalogSnapshot> {
  return { metadata, sizeBytes, sha512, created };
}

function describeTime(current: Current): void {
  it('has strictly increasing instants, also when the clock stands still or goes back', async () => {
    const { store, catalog, setClock } = current();
    const clock = [NOON, NOON, NOON - 60_000, NOON - 60_000, NOON + 5];
    for (const [patch, now] of clock.entries()) {
      setClock(now);
      await publish(store, 'f', sampleVersion({ id: 'A', version: `1.0.${patch}` }), OWNER);
    }
    const instants = (await catalog.entries('f', all)).map(({ committedUs }) => committedUs - NOON * 1000);
    expect(instants).toEqual([0, 1, 2, 3, 5000]);
  });

  it('is what a version was last changed by', async () => {
    const { store, catalog } = current();
    await publish(store, 'f', sampleVersion({ id: 'A', version: '1.0.0' }), OWNER);
    await publish(store, 'f', sampleVersion({ id: 'A', version: '2.0.0' }), OWNER);
    await store.setListed('f', 'A', '1.0.0', false);
    const entries = await catalog.entries('f', all);
    const versions = await store.versionsOf('f', 'A');
    expect(versions.map(({ commitNumber }) => commitNumber)).toEqual([3, 2]);
    expect(versions.map(({ committedUs }) => committedUs)).toEqual([entries[2]?.committedUs, entries[1]?.committedUs]);
  });
}

type Step = readonly [action: 'push' | 'push unlisted' | 'unlist' | 'relist' | 'delete', id: string, version: string];

const history = fc.array(
  fc.tuple(
    fc.constantFrom('push', 'push', 'push unlisted', 'unlist', 'relist', 'delete'),
    fc.constantFrom('One', 'Two'),
    fc.constantFrom('1.0.0', '1.1.0-beta.1', '2.0.0'),
  ),
  { minLength: 1, maxLength: 25 },
) as fc.Arbitrary<Step[]>;

function describeHistory(current: Current): void {
  it('gives exactly the versions of the feed and whether they are listed when it is read from the start', async () => {
    const { store, catalog } = current();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(history, async (steps) => {
        run += 1;
        const feedId = `feed-${run}`;
        for (const step of steps) await play(store, feedId, step);
        const { versions } = await store.list(feedId, everyVersion);
        const there = versions.map(({ id, normalizedVersion, listed }) => [`${id} ${normalizedVersion}`, listed]);
        expect(Object.entries(replay(await catalog.entries(feedId, all))).toSorted()).toEqual(there.toSorted());
      }),
      { numRuns: 30 },
    );
  });
}

async function play(store: MetadataStore, feedId: string, [action, id, version]: Step): Promise<void> {
  const { normalizedVersion } = sampleMetadata({ id, version });
  switch (action) {
    case 'push':
    case 'push unlisted':
      await publish(store, feedId, sampleVersion({ id, version }, { listed: action === 'push' }), OWNER);
      return;
    case 'unlist':
    case 'relist':
      await store.setListed(feedId, id, normalizedVersion, action === 'relist');
      return;
    case 'delete':
      await store.deleteVersion(feedId, id, normalizedVersion, () => undefined);
  }
}

function replay(entries: readonly FeedCatalogEntry[]): Record<string, boolean> {
  const state = new Map<string, boolean>();
  for (const { kind, id, normalizedVersion, listed } of entries) {
    if (kind === 'deleted') state.delete(`${id} ${normalizedVersion}`);
    else state.set(`${id} ${normalizedVersion}`, listed);
  }
  return Object.fromEntries(state);
}
