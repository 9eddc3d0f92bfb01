/** All feeds of the fleet as package sources, over one set of connections to the balancer. */
import type { PackageSource } from '@feedfleet/package-sources';

import { FleetExchange } from './fleet-exchange.ts';
import { FleetSource } from './fleet-source.ts';
import { LeafAsker } from './leaf-asker.ts';
import type { FleetTarget, KeptAnswers } from './leaf-asker.ts';

export interface FleetSourcesOptions {
  readonly balancerUrl: string;
  readonly kept: KeptAnswers;
  /** Connections to the balancer at once. Default 64. */
  readonly maxConnections?: number;
  /** Questions that wait for one; further ones are `unavailable`. Default 8,192: a few queries of the broadest feeds. */
  readonly maxWaiting?: number;
}

export interface FleetSources {
  /** Cheap: to be called for each context of a query. */
  of(target: FleetTarget): PackageSource;
  close(): void;
}

/**
 * @example
 * const fleet = openFleetSources({ balancerUrl, kept: new ByteBoundedCache(keptBytes) });
 * const source = fleet.of({ feedName: feed.name, mount: '/api/v2', credentialId: fingerprint, apiKey: () => unseal(edge), timeoutMs: 10_000 });
 */
export function openFleetSources(options: FleetSourcesOptions): FleetSources {
  const { balancerUrl, kept, maxConnections = 64, maxWaiting = 8_192 } = options;
  const exchange = new FleetExchange({ balancerUrl, maxConnections, maxWaiting });
  return {
    of: (target) => new FleetSource(new LeafAsker({ exchange, kept }, target)),
    close: () => exchange.close(),
  };
}
