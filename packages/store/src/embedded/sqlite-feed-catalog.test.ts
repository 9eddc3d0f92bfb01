import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeFeedCatalog } from '../feed-catalog-conformance.ts';
import { describeVersionPages } from '../version-pages-conformance.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

async function open(now: () => number = Date.now) {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-catalog-'));
  const store = await openEmbeddedStore({ folder, instance: 'test', now });
  const dispose = async (): Promise<void> => {
    store.close();
    await rm(folder, { recursive: true });
  };
  const { metadata, catalog, versionPages } = store;
  return { store: metadata, catalog, versionPages, dispose };
}

describeFeedCatalog('SQLite', async () => {
  let clock = 0;
  const setClock = (now: number): void => {
    clock = now;
  };
  return { ...(await open(() => clock)), setClock };
});

describeVersionPages('SQLite', () => open());
