/**
 * The part of a family's composition that feeds with sources need: chains, plans, feeds of the fleet through the balancer, foreign
 * sources. Loaded when the first such feed is asked, so that a fleet without sources pays nothing.
 */
import { FleetHierarchies } from '@feedfleet/aggregation';
import { ByteBoundedCache } from '@feedfleet/byte-bounded-cache';
import { FleetChain } from '@feedfleet/feedchain';
import type { Logger, Metrics } from '@feedfleet/host';
import { leafAnswer, openFleetSources } from '@feedfleet/leaf-protocol';
import type { KeptAnswer } from '@feedfleet/leaf-protocol';
import { ownAddressesOf, SourceSecrets } from '@feedfleet/package-sources';
import { fleetKeys, RegistryApi, sendByNode } from '@feedfleet/registry-client';
import type { RegistryView } from '@feedfleet/registry-client';
import type { SourcePins } from '@feedfleet/store';

import { ForeignSources } from './foreign-sources.ts';
import type { ForeignSourcesOptions } from './foreign-sources.ts';
import type { HierarchyParts } from './hierarchy-answers.ts';
import { ReceivedProbes } from './received-probes.ts';

export interface HierarchyComposition {
  readonly fleetSecret: string;
  /** Where this process reaches the balancer. */
  readonly balancerUrl: string;
  readonly registryUrl: string;
  /** The operator token. */
  readonly registryToken: string;
  readonly directory: { current(): RegistryView };
  readonly pins: SourcePins;
  /** Where packages of sources in the mode `mirror` are kept. */
  readonly mirror: ForeignSourcesOptions['mirror'];
  /** Bound of what is remembered of sources, in bytes. */
  readonly sourceCacheBytes: number;
  /** For the proxies that it names. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly metrics: Metrics;
  readonly log: Pick<Logger, 'error' | 'warn'>;
}

export interface ComposedHierarchies extends HierarchyParts {
  /** When no request is under way any more. */
  close(): Promise<void>;
}

export function composeHierarchies(options: HierarchyComposition): ComposedHierarchies {
  const { fleetSecret, balancerUrl, registryUrl, registryToken, directory } = options;
  const { pins, mirror, sourceCacheBytes, environment, metrics, log } = options;
  const keys = fleetKeys(fleetSecret);
  const chain = new FleetChain(keys.chain);
  const secrets = new SourceSecrets(keys.sealing);
  const halfBytes = Math.floor(sourceCacheBytes / 2);
  const fleet = openFleetSources({ balancerUrl, kept: new ByteBoundedCache<KeptAnswer>(halfBytes) });
  const ownAddresses = ownAddressesOf(directory, [balancerUrl, registryUrl]);
  const around = { ownAddresses, environment, metrics, log };
  const foreign = new ForeignSources({ secrets, maxBytes: halfBytes, mirror, ...around });
  const hierarchies = new FleetHierarchies({
    ...{ directory, metrics, log, pins, fleet: chain },
    sourceOf: (context, { mount }) => {
      if (context.kind === 'foreign') return foreign.of(context);
      const { edge, feed } = context;
      const apiKey = secrets.of(edge);
      const credentialId = edge.credential?.fingerprint ?? '';
      return fleet.of({
        ...{ feedName: feed.name, mount, credentialId, timeoutMs: edge.timeoutMs },
        apiKey: () => apiKey,
      });
    },
  });
  const close = async (): Promise<void> => {
    fleet.close();
    await foreign.close();
  };
  const { sources: reports } = new RegistryApi({ url: registryUrl, token: registryToken, send: sendByNode });
  const probes = new ReceivedProbes({ directory, fleet: chain, reports, log });
  return { hierarchies, probes, leafAnswer, close };
}
