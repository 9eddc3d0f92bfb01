import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeMetadataStore } from '../metadata-store-conformance.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';
import type { EmbeddedStore } from './open-embedded-store.ts';

describeMetadataStore('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-store-'));
  const opened: EmbeddedStore[] = [];
  let aheadMs = 0;
  const now = (): number => Date.now() + aheadMs;
  const open = async (): Promise<EmbeddedStore> => {
    const store = await openEmbeddedStore({ folder, instance: `test-${opened.length}`, now });
    opened.push(store);
    return store;
  };
  return {
    store: (await open()).metadata,
    openAnother: async () => (await open()).metadata,
    advance: (milliseconds) => {
      aheadMs += milliseconds;
    },
    dispose: async () => {
      opened.forEach((store) => store.close());
      await rm(folder, { recursive: true });
    },
  };
});
