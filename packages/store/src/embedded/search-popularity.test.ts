import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { everything, sampleVersion } from '../sample-packages.ts';
import { OWNER, publish } from '../store-under-test.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';
import type { EmbeddedStore } from './open-embedded-store.ts';

let folder: string;
let store: EmbeddedStore;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'feedfleet-store-'));
  store = await openEmbeddedStore({ folder, instance: 'test' });
});
afterAll(async () => {
  store.close();
  await rm(folder, { recursive: true });
});

describe('the order of a search by downloads', () => {
  it('is that of the moment, without a text and among ids that answer alike', async () => {
    const { metadata, downloads } = store;
    for (const id of ['Acme.A', 'Acme.B', 'Acme.C']) {
      await publish(metadata, 'f', sampleVersion({ id, version: '1.0.0' }), OWNER);
    }
    const ids = async (text: string): Promise<readonly string[]> =>
      (await metadata.search('f', { ...everything, text })).hits.map((hit) => hit.id);
    const download = async (id: string, count: number): Promise<void> => {
      const version = await metadata.version('f', id, '1.0.0');
      await downloads.add([{ versionKey: version?.key ?? 0, downloads: count }]);
    };
    await download('Acme.C', 1000);
    await download('Acme.B', 10);
    expect([await ids(''), await ids('acme')]).toEqual([
      ['Acme.C', 'Acme.B', 'Acme.A'],
      ['Acme.C', 'Acme.B', 'Acme.A'],
    ]);
    await download('Acme.A', 100_000);
    expect([await ids(''), await ids('acme')]).toEqual([
      ['Acme.A', 'Acme.C', 'Acme.B'],
      ['Acme.A', 'Acme.C', 'Acme.B'],
    ]);
  });
});
