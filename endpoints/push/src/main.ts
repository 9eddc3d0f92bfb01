/** The push endpoint family's process: push, unlist, relist and delete. */
import { join } from 'node:path';
import { openRemoteStorage } from '@feedfleet/blob-storage';
import { createLogger, createMetrics, hostOptionsOf, instanceOf, runProcess, startHost } from '@feedfleet/host';
import { createPushFamily, openPushStore } from '@feedfleet/push-family';
import { openRegistryMirror, registerInstance } from '@feedfleet/registry-client';
import { RetentionKeeper } from '@feedfleet/retention';
import { loadSettings } from '@feedfleet/settings';
import { probeSources } from './probe-sources.ts';
import { settingsSchema } from './settings.ts';

await runProcess({
  name: 'push',
  compose: async (environment, signal, begin) => {
    const settings = loadSettings(settingsSchema, { environment, prefix: 'FEEDFLEET_' });
    const { instance, dataFolder, registryUrl, registryToken, fleetSecret, balancerUrl } = settings;
    const log = createLogger({ service: 'push', instance, level: settings.logLevel });
    const metrics = createMetrics({ service: 'push', instance });
    const kept = { dataFolder, instance, memoryCacheBytes: 0 };
    const storage = await openRemoteStorage({ settings, environment, ...kept, log, metrics });
    const opened = await openPushStore({ dataFolder, owner: instance, remoteBlobs: storage?.blobs, log, signal });
    const { store } = opened;
    const registry = await openRegistryMirror({
      registryUrl,
      token: registryToken,
      folder: join(dataFolder, 'snapshots', instance),
      subscriber: instance,
      log,
      signal,
    });
    const reach = { fleetSecret, balancerUrl, registryUrl, registryToken, registry, environment };
    await registry.ready(signal);
    const family = createPushFamily({ settings, opened, reach, registry, log, metrics });
    const { handler, fence } = family;
    const keeper = new RetentionKeeper({
      // What it removes are writes too.
      feeds: () => (fence.isOpen ? registry.current().feeds : []),
      ...{ store, log, restMs: settings.retentionRestMs },
    });
    const readiness = () => ({ ready: true, checks: { registry: registry.state().number } });
    const host = await startHost({
      service: 'push',
      ...hostOptionsOf(settings),
      ...{ log, metrics, handler, readiness, restart: { token: registryToken, begin } },
      ...{ checked: family.checked, tellsBusy: true },
      deepCheck: () => store.metadata.catalogAfter(0, 1),
    });
    const said = { registryUrl, token: registryToken, instance: instanceOf('push', host.url, settings), log };
    const registration = await registerInstance(said);
    keeper.start();
    const prober = probeSources({ ...reach, metrics, log });
    return {
      url: host.url,
      drain: async () => {
        // The balancers know before the listener closes.
        await registration.leave();
        await Promise.all([host.drain(), keeper.stop(), prober.close()]);
        await family.close();
        await registry.close();
        opened.close();
        storage?.close();
      },
    };
  },
});
