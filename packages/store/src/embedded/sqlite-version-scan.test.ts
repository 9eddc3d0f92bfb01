import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeVersionScan } from '../version-scan-conformance.ts';
import { Connection } from './connection.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

describeVersionScan('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-scan-'));
  const opened = await openEmbeddedStore({ folder, instance: 'test' });
  return {
    store: opened.metadata,
    scan: opened.versionScan,
    setDownloads: (id, downloads) => {
      const connection = new Connection({ path: join(folder, 'feedfleet.db'), busyTimeoutMs: 1000, cacheKib: 1000 });
      connection.run('UPDATE package SET total_downloads = ? WHERE id_lower = ?', downloads, id.toLowerCase());
      connection.close();
    },
    dispose: async () => {
      opened.close();
      await rm(folder, { recursive: true });
    },
  };
});
