/** The push endpoint family's process: push, unlist, relist and delete. */
import { join } from 'node:path';
import { createLogger, createMetrics, hostOptionsOf, runProcess, startHost } from '@feedfleet/host';
import { DEFAULT_PACKAGE_LIMITS } from '@feedfleet/nupkg';
import { AdvisoryEndpoint, PushEndpoint, PushGate, PushService, UploadGate } from '@feedfleet/push-protocol';
import { openRegistryMirror } from '@feedfleet/registry-client';
import { loadSettings } from '@feedfleet/settings';
import { openEmbeddedStore } from '@feedfleet/store';
import { renderFragments } from './render-fragments.ts';
import { settingsSchema } from './settings.ts';

/** For the process before this one, which may outlive its supervisor by its whole drain of 30 s. */
const PREDECESSOR_WAIT_MS = 45_000;

/** How long an upload may take before its rate is judged. */
const UPLOAD_GRACE_MS = 30_000;

/** How often the files of replaced versions are looked for whose time is over. */
const COLLECT_MS = 60_000;

function collectUntil(signal: AbortSignal, service: PushService): void {
  const timer = setInterval(() => void service.collect(), COLLECT_MS).unref();
  signal.addEventListener('abort', () => clearInterval(timer));
}

await runProcess({
  name: 'push',
  compose: async (environment, signal) => {
    const settings = loadSettings(settingsSchema, { environment, prefix: 'FEEDFLEET_' });
    const { instance, dataFolder, registryUrl, registryToken, maxPackageBytes } = settings;
    const log = createLogger({ service: 'push', instance, level: settings.logLevel });
    const metrics = createMetrics({ service: 'push', instance });
    const store = await openEmbeddedStore({
      folder: join(dataFolder, 'store'),
      instance,
      log,
      memoryCacheBytes: 0,
      holdInstance: { waitMs: PREDECESSOR_WAIT_MS, signal },
    });
    const service = new PushService({
      ...store,
      renderFragments,
      packageLimits: DEFAULT_PACKAGE_LIMITS,
      owner: instance,
      now: Date.now,
      onLitter: (error) => log.error('push not taken back', error),
    });
    collectUntil(signal, service);
    const recovered = await service.recover();
    log.info('recovered', { 'staging.removed': recovered.stagedFiles, 'blobs.removed': recovered.blobs });
    const registry = await openRegistryMirror({
      registryUrl,
      token: registryToken,
      folder: join(dataFolder, 'snapshots', instance),
      subscriber: instance,
      log,
      signal,
    });
    await registry.ready(signal);
    const drain = { maxBytes: settings.refusedBodyBytes, maxMs: settings.refusedBodyMs };
    const pushes = new PushEndpoint({
      service,
      gate: new PushGate({ maxConcurrent: settings.maxConcurrentPushes, maxQueued: settings.maxQueuedPushes }),
      uploads: new UploadGate(settings.maxConcurrentUploads),
      uploadRate: { minBytesPerSecond: settings.minUploadBytesPerSecond, graceMs: UPLOAD_GRACE_MS },
      registry,
      maxPackageBytes,
      drain,
      metrics,
      now: Date.now,
    });
    const endpoint = new AdvisoryEndpoint({ ...store, registry, drain, now: Date.now, otherwise: pushes.handler });
    const readiness = () => ({ ready: true, checks: { registry: registry.state().number } });
    const host = await startHost({
      service: 'push',
      ...hostOptionsOf(settings),
      ...{ log, metrics, handler: endpoint.handler, readiness },
    });
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
