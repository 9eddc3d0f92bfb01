/** The push endpoint family's process: push, unlist, relist and delete. */
import { join } from 'node:path';
import { createLogger, createMetrics, hostOptionsOf, instanceOf, runProcess, startHost } from '@feedfleet/host';
import type { Logger, Metrics, RawHandler } from '@feedfleet/host';
import { DEFAULT_PACKAGE_LIMITS } from '@feedfleet/nupkg';
import {
  AdvisoryEndpoint,
  PushEndpoint,
  PushGate,
  PushService,
  SourceCopyEndpoint,
  SourcePinEndpoint,
  SourceTestEndpoint,
  SymbolPushService,
  UploadGate,
  WriteFence,
  behindFence,
} from '@feedfleet/push-protocol';
import { openRegistryMirror, parseFeedPath, registerInstance } from '@feedfleet/registry-client';
import type { RegistryMirror } from '@feedfleet/registry-client';
import { RetentionEndpoint, RetentionKeeper, isManaged } from '@feedfleet/retention';
import { loadSettings } from '@feedfleet/settings';
import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore } from '@feedfleet/store';
import type { z } from 'zod';
import { probeSources } from './probe-sources.ts';
import { renderFragments } from './render-fragments.ts';
import { settingsSchema } from './settings.ts';
import { testSources } from './test-sources.ts';
import type { SourceTests } from './test-sources.ts';

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

interface Services {
  readonly service: PushService;
  readonly symbols: SymbolPushService;
}

/** With what the last run of this instance left in the middle taken back. */
async function openServices({
  store,
  instance,
  log,
  signal,
}: {
  readonly store: EmbeddedStore;
  readonly instance: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
}): Promise<Services> {
  const publication = {
    ...store,
    packageLimits: DEFAULT_PACKAGE_LIMITS,
    owner: instance,
    onLitter: (error: unknown) => log.error('push not taken back', error),
  };
  const service = new PushService({ ...publication, renderFragments, now: Date.now });
  const symbols = new SymbolPushService(publication);
  collectUntil(signal, service);
  const recovered = await service.recover();
  log.info('recovered', { 'staging.removed': recovered.stagedFiles, 'blobs.removed': recovered.blobs });
  return { service, symbols };
}

interface HandlerParts extends Services {
  readonly settings: z.output<typeof settingsSchema>;
  readonly store: EmbeddedStore;
  readonly registry: RegistryMirror;
  readonly fence: WriteFence;
  readonly metrics: Metrics;
  readonly tests: SourceTests;
}

/** Pushes, and what owners and managers of a feed do beside them. */
function handlerOf(parts: HandlerParts): RawHandler {
  const { settings, service, symbols, store, registry, fence, metrics, tests } = parts;
  const drain = { maxBytes: settings.refusedBodyBytes, maxMs: settings.refusedBodyMs };
  const pushes = new PushEndpoint({
    ...{ service, symbols },
    gate: new PushGate({ maxConcurrent: settings.maxConcurrentPushes, maxQueued: settings.maxQueuedPushes }),
    uploads: new UploadGate(settings.maxConcurrentUploads),
    uploadRate: { minBytesPerSecond: settings.minUploadBytesPerSecond, graceMs: UPLOAD_GRACE_MS },
    ...{ registry, fence },
    maxPackageBytes: settings.maxPackageBytes,
    drain,
    metrics,
    now: Date.now,
  });
  const advisories = new AdvisoryEndpoint({ ...store, registry, drain, now: Date.now, otherwise: pushes.handler });
  const managed = new RetentionEndpoint({ store, registry, now: Date.now });
  const otherwise: RawHandler = (request, response, context) => {
    const isForManagers = isManaged(parseFeedPath(request.url ?? '/')?.rest ?? '');
    (isForManagers ? managed : advisories).handler(request, response, context);
  };
  const copies = new SourceCopyEndpoint({ ...store, registry, now: Date.now, otherwise });
  const { handler } = new SourcePinEndpoint({ ...store, registry, now: Date.now, otherwise: copies.handler });
  const writes = behindFence(fence, { drain, handler });
  return new SourceTestEndpoint({ ...tests, registry, now: Date.now, otherwise: writes }).handler;
}

await runProcess({
  name: 'push',
  compose: async (environment, signal, begin) => {
    const settings = loadSettings(settingsSchema, { environment, prefix: 'FEEDFLEET_' });
    const { instance, dataFolder, registryUrl, registryToken, fleetSecret, balancerUrl } = settings;
    const log = createLogger({ service: 'push', instance, level: settings.logLevel });
    const metrics = createMetrics({ service: 'push', instance });
    const store = await openEmbeddedStore({
      folder: join(dataFolder, 'store'),
      instance,
      log,
      memoryCacheBytes: 0,
      holdInstance: { waitMs: PREDECESSOR_WAIT_MS, signal },
    });
    const services = await openServices({ store, instance, log, signal });
    const registry = await openRegistryMirror({
      registryUrl,
      token: registryToken,
      folder: join(dataFolder, 'snapshots', instance),
      subscriber: instance,
      log,
      signal,
    });
    await registry.ready(signal);
    const reach = { fleetSecret, balancerUrl, registryUrl, registryToken, registry, environment };
    const tests = testSources(reach);
    const fence = new WriteFence({ registry, datacenter: settings.datacenter });
    const handler = handlerOf({ settings, ...services, store, registry, fence, metrics, tests });
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
        await tests.close();
        await registry.close();
        store.close();
      },
    };
  },
});
