/** The prober over real sources. It is heavy (clients of two protocols), so whoever starts it loads it when there is a foreign source. */
import { FleetChain, probeId, QUERY_BREADTH, writeFeedChain } from '@feedfleet/feedchain';
import type { Logger, Metrics } from '@feedfleet/host';
import { foreignSource, ownAddressesOf, SourceMemory, SourceSecrets } from '@feedfleet/package-sources';
import { fleetKeys, RegistryApi, sendByNode, systemClock } from '@feedfleet/registry-client';
import type { Clock, RegistryMirror, Source } from '@feedfleet/registry-client';
import { createSourceHttp, proxyFromEnvironment } from '@feedfleet/source-http';
import type { SourceHttp } from '@feedfleet/source-http';

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

/** A question that goes unanswered for so long is not waited for, in milliseconds. */
const ANSWER_WITHIN_MS = 30_000;
/** What one question may cause of others: little is enough to find the way back. */
const PROBE_BREADTH = QUERY_BREADTH / 4;
/** Documents are remembered only while they are read. */
const MEMORY_BYTES = 1024 ** 2;

/** Probes until it is closed. */
export function openSourceProber(options: SourceProbing): RunningProber {
  const { fleetSecret, balancerUrl, registryUrl, registryToken, registry, environment, log, metrics } = options;
  const { clock = systemClock, random = Math.random } = options;
  const keys = fleetKeys(fleetSecret);
  const ownAddresses = ownAddressesOf(registry, [balancerUrl, registryUrl]);
  const http = createSourceHttp({ ownAddresses, metrics, proxyFor: proxyFromEnvironment(environment) });
  const asking = { http, secrets: new SourceSecrets(keys.sealing), fleet: new FleetChain(keys.chain) };
  const { sources: reports } = new RegistryApi({ url: registryUrl, token: registryToken, send: sendByNode });
  const ask = (source: Source, nonce: string, signal: AbortSignal): Promise<boolean> =>
    hasAnswered(source, nonce, { ...asking, signal });
  const prober = new SourceProber({ registry, reports, ask, clock, random, log });
  prober.start();
  return {
    close: async () => {
      await prober.stop();
      http.close();
    },
  };
}

interface Asking {
  readonly http: SourceHttp;
  readonly secrets: SourceSecrets;
  readonly fleet: FleetChain;
  readonly signal: AbortSignal;
}

/** Asks for the versions of what nobody has, as the feed of the source would. */
async function hasAnswered(source: Source, nonce: string, { http, secrets, fleet, signal }: Asking): Promise<boolean> {
  const deadlineMs = Date.now() + ANSWER_WITHIN_MS;
  const step = { fleet, feedId: source.feed, deadlineMs, breadth: PROBE_BREADTH };
  const chain = writeFeedChain({ outcome: 'none' }, step);
  if (chain.outcome !== 'written') return false;
  const memory = new SourceMemory(MEMORY_BYTES);
  const asked = foreignSource(source, {
    http,
    secrets,
    memory,
    key: `probe ${source.id}`,
    now: () => performance.now(),
  });
  const answer = await asked.versions([probeId(fleet, { sourceId: source.id, nonce })], {
    signal,
    remainingMs: () => deadlineMs - Date.now(),
    requestId: `probe-${nonce}`,
    traceparent: `00-${nonce.repeat(4)}-${nonce.repeat(2)}-00`,
    chain: chain.text,
  });
  return answer.outcome === 'answered';
}
