/** The prober over real sources. It is heavy (clients of two protocols), so whoever starts it loads it when there is a foreign source. */
import { FleetChain } from '@feedfleet/feedchain';
import type { Logger, Metrics } from '@feedfleet/host';
import { ownAddressesOf, SourceSecrets } from '@feedfleet/package-sources';
import { fleetKeys, RegistryApi, sendByNode, systemClock } from '@feedfleet/registry-client';
import type { Clock, RegistryMirror } from '@feedfleet/registry-client';
import { createSourceHttp, proxyFromEnvironment } from '@feedfleet/source-http';

import { probeForLoop } from './probe-for-loop.ts';
import { SourceProber } from './source-prober.ts';

export interface SourceProbing {
  readonly fleetSecret: string;
  readonly balancerUrl: string;
  readonly registryUrl: string;
  /** The operator token. */
  readonly registryToken: string;
  readonly registry: Pick<RegistryMirror, 'current' | 'onChange'>;
  /** For the proxies that it names. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly metrics: Metrics;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  readonly clock?: Clock;
  /** From 0 up to 1. */
  readonly random?: () => number;
}

export interface RunningProber {
  /** Never rejects. */
  close(): Promise<void>;
}

/** Probes until it is closed. */
export function openSourceProber(options: SourceProbing): RunningProber {
  const { fleetSecret, balancerUrl, registryUrl, registryToken, registry, environment, log, metrics } = options;
  const { clock = systemClock, random = Math.random } = options;
  const keys = fleetKeys(fleetSecret);
  const ownAddresses = ownAddressesOf(registry, [balancerUrl, registryUrl]);
  const http = createSourceHttp({ ownAddresses, metrics, proxyFor: proxyFromEnvironment(environment) });
  const { sources: reports } = new RegistryApi({ url: registryUrl, token: registryToken, send: sendByNode });
  const parts = { http, secrets: new SourceSecrets(keys.sealing), fleet: new FleetChain(keys.chain), reports };
  const prober = new SourceProber({
    ...{ registry, clock, random, log },
    probe: (source, signal) => probeForLoop(source, parts, signal),
  });
  prober.start();
  return {
    close: async () => {
      await prober.stop();
      http.close();
    },
  };
}
