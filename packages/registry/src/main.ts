/** The registry process: the one authority for feeds, keys, families, instances and routes. */
import path from 'node:path';

import { createLogger, createMetrics, hostOptionsOf, runProcess } from '@feedfleet/host';
import { loadSettings } from '@feedfleet/settings';

import { settingsSchema } from './settings.ts';
import { SqliteRegistryLog } from './sqlite-registry-log.ts';
import { startRegistry } from './start-registry.ts';

await runProcess({
  name: 'registry',
  compose: async (environment, _signal, begin) => {
    const settings = loadSettings(settingsSchema, { environment, prefix: 'FEEDFLEET_' });
    const { instance, dataFolder, registryToken, logLevel, fleetSecret, publicUrl, balancerUrl } = settings;
    return startRegistry({
      storage: SqliteRegistryLog.open(path.join(dataFolder, 'registry', 'registry.db')),
      operatorToken: registryToken,
      fleetSecret,
      balancerUrls: [publicUrl, balancerUrl].filter((url) => url !== undefined),
      host: { ...hostOptionsOf(settings), restart: { token: registryToken, begin } },
      log: createLogger({ service: 'registry', instance, level: logLevel }),
      metrics: createMetrics({ service: 'registry', instance }),
    });
  },
});
