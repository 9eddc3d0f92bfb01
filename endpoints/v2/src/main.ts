/** The v2 endpoint family's process: NuGet v2 below `/F/<feed>/api/v2`. */
import { join } from 'node:path';

import { createFeedEndpoint } from '@feedfleet/feed-endpoint';
import { createLogger, createMetrics, hostOptionsOf, runProcess, startHost } from '@feedfleet/host';
import { openRegistryMirror } from '@feedfleet/registry-client';
import { loadSettings } from '@feedfleet/settings';
import { openEmbeddedStore } from '@feedfleet/store';
import { createV2Protocol } from '@feedfleet/v2-protocol';

import { settingsSchema } from './settings.ts';

await runProcess({
  name: 'v2',
  compose: async (environment, signal) => {
    const settings = loadSettings(settingsSchema, { environment, prefix: 'FEEDFLEET_' });
    const { instance, dataFolder, registryUrl, registryToken, cacheBytes, blobCacheBytes } = settings;
    const log = createLogger({ service: 'v2', instance, level: settings.logLevel });
    const metrics = createMetrics({ service: 'v2', instance });
    const registry = await openRegistryMirror({
      registryUrl,
      token: registryToken,
      folder: join(dataFolder, 'snapshots', instance),
      subscriber: instance,
      log,
      signal,
    });
    await registry.ready(signal);
    const store = await openEmbeddedStore({
      folder: join(dataFolder, 'store'),
      instance,
      log,
      readOnly: true,
      memoryCacheBytes: blobCacheBytes,
    });
    const protocol = createV2Protocol({ metadata: store.metadata, blobs: store.blobs, mount: '/api/v2' });
    const { handler } = createFeedEndpoint({ protocol, registry, store: store.metadata, cacheBytes, metrics });
    const readiness = () => ({ ready: true, checks: { registry: registry.state().number } });
    const host = await startHost({ service: 'v2', ...hostOptionsOf(settings), log, metrics, handler, readiness });
    return {
      url: host.url,
      drain: async () => {
        await host.drain();
        await registry.close();
        store.close();
      },
    };
  },
});
