import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';

import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore } from '@feedfleet/store';
import { versionOf } from './sample-version.ts';
import type { Dependencies } from './sample-version.ts';
import { previewSweep, sweep } from './sweep.ts';
import type { SweepOptions } from './sweep.ts';

const OWNER = 'test';
let folder: string;
let store: EmbeddedStore;
let feedId: string;
let removedBlobs: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-sweep-'));
  store = await openEmbeddedStore({ folder, instance: OWNER });
  feedId = 'f';
  removedBlobs = [];
});
afterEach(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

async function push(id: string, version: string, dependencies: Dependencies = {}): Promise<void> {
  const sha512 = createHash('sha512').update(`${feedId} ${id} ${version}`).digest('hex');
  const added = versionOf({ id, version, sha512, dependencies });
  await store.metadata.intendBlob(added.sha512, OWNER);
  await store.metadata.addVersion(feedId, added, OWNER);
}

const options = (keepStable: number | null, keepPrerelease: number | null = null): SweepOptions => ({
  feedId,
  policy: { keepStable, keepPrerelease },
  metadata: store.metadata,
  retention: store.retention,
  removeBlob: (sha512) => removedBlobs.push(sha512),
  pause: () => Promise.resolve(),
});

const left = async (id: string): Promise<readonly string[]> =>
  (await store.metadata.versionsOf(feedId, id)).map(({ normalizedVersion }) => normalizedVersion);

describe('a sweep', () => {
  it('keeps the newest versions of each id by NuGet order, and removes the files of the others', async () => {
    for (const version of ['1.2.0', '1.10.0', '1.9.0', '2.0.0-a', '2.0.0-b']) await push('A', version);
    await push('B', '1.0.0');
    const result = await sweep(options(2, 1));
    expect(result).toMatchObject({ isComplete: true, protected: [] });
    expect(result.removed).toEqual([
      { id: 'A', normalizedVersion: '1.2.0' },
      { id: 'A', normalizedVersion: '2.0.0-a' },
    ]);
    expect(await left('A')).toEqual(['1.9.0', '1.10.0', '2.0.0-b']);
    expect(await left('B')).toEqual(['1.0.0']);
    expect(removedBlobs).toHaveLength(2);
  });

  it('keeps everything without a limit, and removes a whole id with a limit of zero', async () => {
    for (const version of ['1.0.0', '2.0.0', '3.0.0-a']) await push('A', version);
    expect((await sweep(options(null, null))).removed).toEqual([]);
    expect((await sweep(options(null, 0))).removed).toEqual([{ id: 'A', normalizedVersion: '3.0.0-a' }]);
    expect((await sweep(options(0, 0))).removed).toHaveLength(2);
    expect(await left('A')).toEqual([]);
  });

  it('keeps what is pinned, and what that depends on', async () => {
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) {
      await push('Core', version);
      await push('App', version, { core: `[${version}, )` });
    }
    await store.retention.pin(feedId, { id: 'app', normalizedVersion: '1.0.0' }, 'billing');
    const result = await sweep(options(1));
    expect(result.protected).toEqual([
      { id: 'App', normalizedVersion: '1.0.0', why: 'pinned' },
      { id: 'Core', normalizedVersion: '1.0.0', why: 'depended on' },
    ]);
    expect(await left('Core')).toEqual(['1.0.0', '3.0.0']);
  });

  it('keeps the version that a restore of what stays takes: the lowest that satisfies', async () => {
    for (const version of ['1.0.0', '1.1.0', '1.2.0', '2.0.0']) await push('Core', version);
    await push('App', '1.0.0', { Core: '[1.1.0, 2.0.0)' });
    await push('Tool', '1.0.0', { Core: '(, )' });
    await sweep(options(1));
    expect(await left('Core')).toEqual(['1.0.0', '1.1.0', '2.0.0']);
  });

  it('lets packages go together that depend on each other in a circle', async () => {
    for (const version of ['1.0.0', '2.0.0']) {
      await push('A', version, { B: `[${version}]` });
      await push('B', version, { C: `[${version}]` });
      await push('C', version, { A: `[${version}]` });
    }
    expect((await sweep(options(1))).removed).toHaveLength(3);
    expect(await left('A')).toEqual(['2.0.0']);
  });

  it('makes a new plan when the feed changes while it removes', async () => {
    for (let index = 0; index < 120; index += 1) await push('A', `1.0.${index}`);
    let pauses = 0;
    const result = await sweep({
      ...options(1),
      pause: async () => {
        pauses += 1;
        // After the first batch: what was to go is needed now.
        if (removedBlobs.length === 50 && (await left('App')).length === 0)
          await push('App', '1.0.0', { A: '[1.0.100]' });
      },
    });
    expect(pauses).toBeGreaterThan(2);
    expect(result.isComplete).toBe(true);
    expect(await left('A')).toEqual(['1.0.100', '1.0.119']);
  });

  it('stops when it is told to, and goes on from there the next time', async () => {
    for (let index = 0; index < 120; index += 1) await push('A', `1.0.${index}`);
    const stopped = sweep({
      ...options(1),
      pause: () => (removedBlobs.length === 50 ? Promise.reject(new Error('stop')) : Promise.resolve()),
    });
    await expect(stopped).rejects.toThrow('stop');
    expect(await left('A')).toHaveLength(70);
    expect((await sweep(options(1))).removed).toHaveLength(69);
  });

  it('removes exactly what a naive walk over everything leaves unmarked', async () => {
    const ids = ['A', 'B', 'C', 'D'];
    const version = fc.integer({ min: 1, max: 5 }).map((major) => `${major}.0.0`);
    const range = fc.oneof(
      version.map((exact) => `[${exact}, ${exact}]`),
      version.map((lowest) => `[${lowest}, )`),
      version.map((highest) => `(, ${highest})`),
    );
    const dependencies = fc.dictionary(fc.constantFrom(...ids), range, { maxKeys: 2 });
    const pushes = fc.uniqueArray(fc.record({ id: fc.constantFrom(...ids), version, dependencies }), {
      maxLength: 16,
      selector: (each) => `${each.id} ${each.version}`,
    });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(pushes, fc.integer({ min: 0, max: 2 }), fc.nat(15), async (pushed, kept, pinned) => {
        feedId = `run-${(run += 1)}`;
        for (const each of pushed) await push(each.id, each.version, each.dependencies);
        const pin = pushed[pinned];
        if (pin !== undefined) await store.retention.pin(feedId, { id: pin.id, normalizedVersion: pin.version }, '');
        const stays = naive(pushed, kept, pin);
        const preview = await previewSweep(options(kept));
        await sweep(options(kept));
        const after = await Promise.all(ids.map(async (id) => (await left(id)).map((each) => `${id} ${each}`)));
        expect(after.flat()).toEqual([...stays].toSorted());
        expect(preview.removed).toHaveLength(pushed.length - stays.size);
      }),
      { numRuns: 40 },
    );
  });
});

interface Pushed {
  readonly id: string;
  readonly version: string;
  readonly dependencies: Dependencies;
}

/** Majors are single digits here: text order is version order. */
function naive(pushed: readonly Pushed[], kept: number, pinned: Pushed | undefined): ReadonlySet<string> {
  const name = (each: Pushed): string => `${each.id} ${each.version}`;
  const ordered = pushed.toSorted((left, right) => name(left).localeCompare(name(right)));
  const of = (id: string): readonly Pushed[] => ordered.filter((each) => each.id === id);
  const stays = new Set<string>(pinned === undefined ? [] : [name(pinned)]);
  for (const id of ['A', 'B', 'C', 'D'])
    for (const each of kept === 0 ? [] : of(id).slice(-kept)) stays.add(name(each));
  for (let before = -1; before !== stays.size;) {
    before = stays.size;
    for (const each of ordered.filter((one) => stays.has(name(one)))) {
      for (const [id, range] of Object.entries(each.dependencies)) {
        const [low = '', high = ''] = range.slice(1, -1).split(', ');
        const isIn = (version: string): boolean =>
          version >= low && (high === '' || (range.endsWith(']') ? version <= high : version < high));
        const taken = of(id).find((one) => isIn(one.version));
        if (taken !== undefined) stays.add(name(taken));
      }
    }
  }
  return stays;
}
