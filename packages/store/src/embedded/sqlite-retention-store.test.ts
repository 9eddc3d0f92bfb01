import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeRetentionStore } from '../retention-conformance.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

describeRetentionStore('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-retention-'));
  const store = await openEmbeddedStore({ folder, instance: 'test' });
  const dispose = async (): Promise<void> => {
    store.close();
    await rm(folder, { recursive: true });
  };
  return { ...store, dispose };
});
