import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeSymbolStore } from '../symbol-store-conformance.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

describeSymbolStore('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-symbols-'));
  const store = await openEmbeddedStore({ folder, instance: 'test' });
  return {
    store: store.metadata,
    symbols: store.symbols,
    dispose: async () => {
      store.close();
      await rm(folder, { recursive: true });
    },
  };
});
