import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeDownloadCounts } from '../download-conformance.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';
import type { EmbeddedStore } from './open-embedded-store.ts';

describeDownloadCounts('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-downloads-'));
  const opened: EmbeddedStore[] = [];
  let clock = Date.UTC(2026, 10, 28, 12);
  const open = async (readOnly: boolean): Promise<EmbeddedStore> => {
    const instance = `test-${opened.length}`;
    const store = await openEmbeddedStore({ folder, instance, readOnly, now: () => clock });
    opened.push(store);
    return store;
  };
  const { metadata, downloads } = await open(false);
  return {
    store: metadata,
    downloads,
    openReadOnly: async () => (await open(true)).downloads,
    advance: (milliseconds) => {
      clock += milliseconds;
    },
    dispose: async () => {
      opened.forEach((store) => store.close());
      await rm(folder, { recursive: true });
    },
  };
});
