import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeSourceCopies } from '../source-copy-conformance.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

describeSourceCopies('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-source-copies-'));
  const pushing = await openEmbeddedStore({ folder, instance: 'push-1' });
  const reading = await openEmbeddedStore({ folder, instance: 'v3-1', readOnly: true });
  const dispose = async (): Promise<void> => {
    reading.close();
    pushing.close();
    await rm(folder, { recursive: true });
  };
  return { copies: reading.sourceCopies, blobs: reading.blobs, metadata: pushing.metadata, dispose };
});
