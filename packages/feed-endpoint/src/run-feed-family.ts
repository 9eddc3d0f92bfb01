/**
 * The composition of a family that reads feeds: settings, registry mirror, store, protocol, listener, and their end in the
 * opposite order. The families differ in nothing but their name and their protocol.
 */
import { join } from 'node:path';

import { createLogger, createMetrics, hostOptionsOf, runProcess, startHost } from '@feedfleet/host';
import { openRegistryMirror } from '@feedfleet/registry-client';
import { loadSettings } from '@feedfleet/settings';
import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore } from '@feedfleet/store';
import type { z } from 'zod';

import type { ComposedHierarchies, HierarchyComposition } from './compose-hierarchies.ts';
import { DownloadCounter } from './download-counter.ts';
import { createFeedEndpoint } from './feed-endpoint.ts';
import { feedFamilySettingsSchema } from './feed-family-settings.ts';
import type { FeedProtocol } from './protocol.ts';

export interface FeedFamily {
  /** As the registry has it: `default`, `v2`, `v3`. */
  readonly family: string;
  readonly protocolOver: (store: EmbeddedStore) => FeedProtocol;
}

/** Called by `main.ts` and nobody else: it reads the environment and runs until the process is told to end. */
export async function runFeedFamily({ family, protocolOver }: FeedFamily): Promise<void> {
  await runProcess({
    name: family,
    compose: async (environment, signal) => {
      const settings = loadSettings(feedFamilySettingsSchema, { environment, prefix: 'FEEDFLEET_' });
      const { instance, dataFolder, registryUrl, registryToken, cacheBytes, blobCacheBytes } = settings;
      const log = createLogger({ service: family, instance, level: settings.logLevel });
      const metrics = createMetrics({ service: family, instance });
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
      const protocol = protocolOver(store);
      const { downloadFlushMs: flushMs, downloadRevealMs: revealMs } = settings;
      const counter = new DownloadCounter({ downloads: store.downloads, flushMs, revealMs, log, metrics });
      const counting = { cacheBytes, countDownload: counter.count, metrics };
      const { sourceCopies: copies, sourcePins: pins, blobs } = store;
      const mirror = { copies, blobs, owner: instance, maxBytes: settings.mirrorBytes };
      const around = { directory: registry, pins, mirror, environment, metrics, log };
      const sources = sourcesOf(settings, { mount: protocol.mount, ...around });
      const { handler } = createFeedEndpoint({
        ...{ protocol, registry, store: store.metadata, serverTiming: settings.serverTiming, ...counting },
        ...(sources === undefined ? {} : { hierarchies: sources.open }),
      });
      const readiness = () => ({ ready: true, checks: { registry: registry.state().number } });
      const host = await startHost({ service: family, ...hostOptionsOf(settings), log, metrics, handler, readiness });
      return {
        url: host.url,
        drain: async () => {
          await host.drain();
          await counter.close();
          await sources?.close();
          await registry.close();
          store.close();
        },
      };
    },
  });
}

interface LazySources {
  readonly open: () => Promise<ComposedHierarchies>;
  /** When no request is under way any more. */
  readonly close: () => Promise<void>;
}

/** What feeds with sources need, loaded with the first of them; undefined without a fleet secret and a balancer. */
function sourcesOf(
  { fleetSecret, balancerUrl, registryUrl, registryToken, sourceCacheBytes }: z.output<typeof feedFamilySettingsSchema>,
  rest: Pick<HierarchyComposition, 'mount' | 'directory' | 'pins' | 'mirror' | 'environment' | 'metrics' | 'log'>,
): LazySources | undefined {
  if (fleetSecret === undefined || balancerUrl === undefined) return undefined;
  const load = async (): Promise<ComposedHierarchies> => {
    const { composeHierarchies } = await import('./compose-hierarchies.ts');
    return composeHierarchies({ fleetSecret, balancerUrl, registryUrl, registryToken, sourceCacheBytes, ...rest });
  };
  let loaded: Promise<ComposedHierarchies> | undefined;
  return {
    open: () => (loaded ??= load()),
    close: async () => {
      await (await loaded?.catch(() => undefined))?.close();
    },
  };
}
