import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';
import { defaultFamilies, defaultRoutes, systemClock } from '@feedfleet/registry-client';
import type { Operation } from '@feedfleet/registry-client';

import { ensureDefaults } from './defaults.ts';
import { Registry } from './registry.ts';
import { SqliteRegistryLog } from './sqlite-registry-log.ts';

/** What the registry of a version that had no v1 wrote at its first start. */
const earlier: readonly Operation[] = [
  ...defaultFamilies
    .filter(({ id }) => id !== 'v1')
    .map((value): Operation => ({ entity: 'family', id: value.id, value })),
  ...defaultRoutes
    .filter(({ family, id }) => family !== 'v1' && id !== 'v1-write')
    .map((value): Operation => ({ entity: 'route', id: value.id, value })),
];

describe('the data of an earlier version', () => {
  it('gets the families and routes that came since, beside what an operator made of the others', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'feedfleet-defaults-'));
    const log = SqliteRegistryLog.open(path.join(folder, 'registry.db'));
    try {
      const registry = new Registry({ log, clock: systemClock });
      registry.commit({ actor: 'registry', summary: 'Default families and routes', operations: earlier });
      const removed: Operation = { entity: 'route', id: 'relist', value: null };
      registry.commit({ actor: 'operator', summary: 'no relisting', operations: [removed] });
      expect(ensureDefaults(registry)).toEqual([]);
      const { view } = registry;
      expect(view.familyById('v1')).toEqual(defaultFamilies.find(({ id }) => id === 'v1'));
      expect(view.routeById('v1')).toMatchObject({ family: 'v1' });
      expect(view.routeById('v1-write')).toMatchObject({ family: 'push' });
      expect(view.routeById('relist')).toBeUndefined();
      expect(view.routeTable.match('GET', '/F/Tools/api/v1/Packages()')).toMatchObject({ family: 'v1' });
    } finally {
      log.close();
      rmSync(folder, { recursive: true });
    }
  });
});
