import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore } from '@feedfleet/store';
import { RetentionKeeper } from './retention-keeper.ts';
import type { KeptFeed } from './retention-keeper.ts';
import { versionOf } from './sample-version.ts';

let folder: string;
let store: EmbeddedStore;
let feeds: KeptFeed[];
let told: string[];
let keeper: RetentionKeeper;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-keeper-'));
  store = await openEmbeddedStore({ folder, instance: 'test' });
  feeds = [];
  told = [];
  const log = {
    info: (message: string, fields: object = {}) => void told.push(`${message} ${JSON.stringify(fields)}`),
    error: (message: string) => void told.push(message),
  };
  keeper = new RetentionKeeper({ feeds: () => feeds, store, restMs: 1, log });
});
afterEach(async () => {
  await keeper.stop();
  store.close();
  await rm(folder, { recursive: true });
});

async function push(feedId: string, version: string): Promise<void> {
  const sha512 = createHash('sha512').update(`${feedId} ${version}`).digest('hex');
  await store.metadata.intendBlob(sha512, 'test');
  await store.metadata.addVersion(feedId, versionOf({ id: 'A', version, sha512 }), 'test');
}

const left = async (feedId: string): Promise<readonly string[]> =>
  (await store.metadata.versionsOf(feedId, 'A')).map(({ normalizedVersion }) => normalizedVersion);

/** The keeper works by itself: what it has not done yet is waited for. */
async function untilLeft(feedId: string, versions: readonly string[]): Promise<void> {
  while ((await left(feedId)).join() !== versions.join()) await new Promise((resolve) => setTimeout(resolve, 2));
}

const kept = (id: string, keepStable: number | null): KeptFeed => ({
  id,
  name: `feed ${id}`,
  keepStable,
  keepPrerelease: null,
});

describe('the keeper of retentions', () => {
  it('removes what is too much now, what becomes too much later, and what a new policy makes too much', async () => {
    for (const version of ['1.0.0', '2.0.0', '3.0.0']) await push('f', version);
    feeds = [kept('f', 2)];
    keeper.start();
    await untilLeft('f', ['2.0.0', '3.0.0']);
    await push('f', '4.0.0');
    await untilLeft('f', ['3.0.0', '4.0.0']);
    feeds = [kept('f', 1)];
    await untilLeft('f', ['4.0.0']);
    await keeper.stop();
    expect(told).toEqual(
      Array.from({ length: 3 }, () => 'retention {"feed":"feed f","versions.removed":1,"versions.protected":0}'),
    );
  });

  it('leaves feeds without a policy alone', async () => {
    for (const version of ['1.0.0', '2.0.0']) await push('free', version);
    for (const version of ['1.0.0', '2.0.0']) await push('f', version);
    feeds = [kept('free', null), kept('f', 1)];
    keeper.start();
    await untilLeft('f', ['2.0.0']);
    expect(await left('free')).toHaveLength(2);
  });

  it('goes on with the other feeds when one fails, and says so', async () => {
    for (const version of ['1.0.0', '2.0.0']) await push('f', version);
    // An id that the store cannot be asked for.
    const broken = { ...kept('broken', 1), id: {} as string };
    feeds = [broken, kept('f', 1)];
    keeper.start();
    await untilLeft('f', ['2.0.0']);
    await keeper.stop();
    expect(told).toContain('retention failed');
  });

  it('ends when it is told to, once or twice', async () => {
    feeds = [kept('f', 1)];
    keeper.start();
    await keeper.stop();
    await keeper.stop();
    await push('f', '1.0.0');
    await push('f', '2.0.0');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await left('f')).toHaveLength(2);
  });
});
