/**
 * The composition of a family that reads feeds: settings, registry mirror, store, protocol, listener, and their end in the
 * opposite order. The families differ in nothing but their name and their
 * protocol, so that each can stand in for others.
 */
import { join } from 'node:path';

import { openRemoteStorage } from '@feedfleet/blob-storage';
import { createLogger, createMetrics, hostOptionsOf, instanceOf, runProcess, startHost } from '@feedfleet/host';
import { openRegistryMirror, registerInstance } from '@feedfleet/registry-client';
import { ProblemError } from '@feedfleet/problems';
import { loadSettings } from '@feedfleet/settings';
import { openEmbeddedStore } from '@feedfleet/store';
import type { EmbeddedStore, EmbeddedStoreOptions } from '@feedfleet/store';
import type { z } from 'zod';

import type { ComposedHierarchies, HierarchyComposition } from './compose-hierarchies.ts';
import { DownloadCounter } from './download-counter.ts';
import { createFeedEndpoint } from './feed-endpoint.ts';
import { feedFamilySettingsSchema } from './feed-family-settings.ts';
import type { FeedProtocol } from './protocol.ts';
import { StandIns } from './stand-ins.ts';
import type { StandInFamilies } from './stand-ins.ts';

export interface FeedFamily {
  /** As the registry has it: `default`, `v2`, `v3`. */
  readonly family: string;
  /** By family: its own, and those that it stands in for, which are loaded when they are asked for. */
  readonly protocols: Readonly<Record<string, ProtocolOver>>;
  /** Families of another kind that it stands in for. */
  readonly standIns: StandInFamilies;
}

export type ProtocolOver = (store: EmbeddedStore) => Promise<FeedProtocol>;

/** Called by `main.ts` and nobody else: it reads the environment and runs until the process is told to end. */
export async function runFeedFamily({ family, protocols, standIns: families }: FeedFamily): Promise<void> {
  const { [family]: own, ...others } = protocols;
  if (own === undefined) throw new ProblemError('invalidArgument', { detail: `no protocol for the family ${family}` });
  await runProcess({
    name: family,
    compose: async (environment, signal, begin) => {
      const settings = loadSettings(feedFamilySettingsSchema, { environment, prefix: 'FEEDFLEET_' });
      const { instance, dataFolder, registryUrl, registryToken, cacheBytes, blobCacheBytes } = settings;
      const log = createLogger({ service: family, instance, level: settings.logLevel });
      const metrics = createMetrics({ service: family, instance });
      const registry = await openRegistryMirror({
        ...{ registryUrl, token: registryToken, subscriber: instance, log, signal },
        folder: join(dataFolder, 'snapshots', instance),
      });
      await registry.ready(signal);
      const kept = { dataFolder, instance, memoryCacheBytes: blobCacheBytes };
      const storage = await openRemoteStorage({ settings, environment, ...kept, log, metrics });
      const remoteBlobs = storage?.blobs;
      const store = await openStore({ ...kept, remoteBlobs, log });
      const protocol = await own(store);
      const { downloadFlushMs: flushMs, downloadRevealMs: revealMs } = settings;
      const counter = new DownloadCounter({ downloads: store.downloads, flushMs, revealMs, log, metrics });
      const counting = { cacheBytes, countDownload: counter.count, metrics };
      const { sourceCopies: copies, sourcePins: pins, blobs } = store;
      const mirror = { copies, blobs, owner: instance, maxBytes: settings.mirrorBytes };
      const around = { directory: registry, pins, mirror, environment, metrics, log };
      const sources = sourcesOf(settings, around);
      const standIns = new StandIns(families, { settings, environment, registry, remoteBlobs, log, metrics, signal });
      const { handler } = createFeedEndpoint({
        ...{ protocol, family, alternates: alternatesOver(store, others), standIns: standIns.handlers },
        ...{ registry, store: store.metadata, serverTiming: settings.serverTiming, ...counting },
        ...(sources === undefined ? {} : { hierarchies: sources.open }),
      });
      const readiness = () => ({ ready: true, checks: { registry: registry.state().number } });
      const deepCheck = () => store.metadata.catalogAfter(0, 1);
      const host = await startHost({
        ...{ service: family, ...hostOptionsOf(settings), log, metrics },
        ...{ handler, readiness, deepCheck, restart: { token: registryToken, begin } },
        ...{ checked: standIns.checked, tellsBusy: true },
      });
      const said = { registryUrl, token: registryToken, instance: instanceOf(family, host.url, settings), log };
      const registration = await registerInstance(said);
      void standIns.recover();
      return {
        url: host.url,
        drain: async () => {
          // The balancers know before the listener closes.
          await registration.leave();
          await host.drain();
          await standIns.close();
          await counter.close();
          await sources?.close();
          await registry.close();
          store.close();
          storage?.close();
        },
      };
    },
  });
}

function openStore({ dataFolder, ...rest }: Omit<EmbeddedStoreOptions, 'folder'> & { readonly dataFolder: string }) {
  return openEmbeddedStore({ folder: join(dataFolder, 'store'), readOnly: true, ...rest });
}

function alternatesOver(
  store: EmbeddedStore,
  protocols: FeedFamily['protocols'],
): Readonly<Record<string, () => Promise<FeedProtocol>>> {
  return Object.fromEntries(Object.entries(protocols).map(([family, open]) => [family, () => open(store)]));
}

interface LazySources {
  readonly open: () => Promise<ComposedHierarchies>;
  /** When no request is under way any more. */
  readonly close: () => Promise<void>;
}

/** What feeds with sources need, loaded with the first of them; undefined without a fleet secret and a balancer. */
function sourcesOf(
  { fleetSecret, balancerUrl, registryUrl, registryToken, sourceCacheBytes }: z.output<typeof feedFamilySettingsSchema>,
  rest: Pick<HierarchyComposition, 'directory' | 'pins' | 'mirror' | 'environment' | 'metrics' | 'log'>,
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
