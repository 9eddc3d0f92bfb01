import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describeSourcePins } from '../source-pin-conformance.ts';
import { openEmbeddedStore } from './open-embedded-store.ts';

describeSourcePins('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'feedfleet-source-pins-'));
  const now = '2026-01-02T03:04:05.000Z';
  const open = (instance: string, readOnly: boolean) =>
    openEmbeddedStore({ folder, instance, readOnly, now: () => Date.parse(now) });
  const stores = [await open('v3', true)];
  const dispose = async (): Promise<void> => {
    for (const store of stores) store.close();
    await rm(folder, { recursive: true });
  };
  const openAnother = async () => {
    const another = await open('v2', true);
    stores.push(another);
    return another.sourcePins;
  };
  const [{ sourcePins: pins }] = stores as [(typeof stores)[0]];
  return { pins, openAnother, now, dispose };
});
