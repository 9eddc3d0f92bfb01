/** Writes a whole feed straight to a store, as pushes do, without their files. */
import { createHash } from 'node:crypto';

import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore } from '@feedfleet/store';
import { ENTRY_FORMAT, renderEntry } from '@feedfleet/v2-protocol';
import { LEAF_FORMAT, renderLeaf } from '@feedfleet/v3-protocol';

import { metadataOf, shapedIds } from './feed-shape.ts';

const OWNER = 'bench';
/** Changes under way at a time: they share transactions. */
const AT_ONCE = 512;
const FIRST_PUSH = Date.UTC(2012, 0, 1);

export async function fillStore(folder: string, feedId: string, size: number): Promise<void> {
  const store = await openEmbeddedStore({ folder, instance: OWNER, busyTimeoutMs: 60_000 });
  try {
    let batch: Promise<void>[] = [];
    let written = 0;
    for (const { id, versions } of shapedIds(size)) {
      // The newest first: the words of an id are those of its newest version, and are then written once.
      for (let index = versions - 1; index >= 0; index -= 1) {
        batch.push(addVersion(store, feedId, { id, index, created: FIRST_PUSH + written * 60_000 }));
        written += 1;
        if (batch.length === AT_ONCE) {
          await Promise.all(batch);
          batch = [];
        }
      }
    }
    await Promise.all(batch);
  } finally {
    store.close();
  }
}

interface Added {
  readonly id: string;
  readonly index: number;
  /** Milliseconds since the epoch. */
  readonly created: number;
}

async function addVersion({ metadata: store }: EmbeddedStore, feedId: string, added: Added): Promise<void> {
  const metadata = metadataOf(added.id, added.index);
  const sha512 = createHash('sha512').update(`${metadata.id} ${metadata.version}`).digest('hex');
  const facts = { created: new Date(added.created).toISOString(), sha512, sizeBytes: 20_000 };
  const fragments = {
    'v2-entry': { format: ENTRY_FORMAT, text: renderEntry(metadata, facts) },
    'v3-leaf': { format: LEAF_FORMAT, text: renderLeaf(metadata, facts) },
  };
  await store.intendBlob(sha512, OWNER);
  await store.addVersion(feedId, { metadata, ...facts, listed: true, fragments }, OWNER);
}
