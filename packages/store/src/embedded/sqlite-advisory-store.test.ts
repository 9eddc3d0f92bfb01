import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeAdvisoryStore } from '../advisory-conformance.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';
import type { EmbeddedStore } from './open-embedded-store.ts';

describeAdvisoryStore('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-advisories-'));
  const opened: EmbeddedStore[] = [];
  const open = async (): Promise<EmbeddedStore> => {
    const store = await openEmbeddedStore({ folder, instance: `test-${opened.length}` });
    opened.push(store);
    return store;
  };
  const { metadata, advisories, catalog } = await open();
  return {
    store: metadata,
    advisories,
    catalog,
    openAnother: async () => (await open()).advisories,
    dispose: async () => {
      opened.forEach((store) => store.close());
      await rm(folder, { recursive: true });
    },
  };
});
