/** Checks over real sources. Heavy (clients of two protocols, leaf documents), so whoever offers them loads this when one is asked for. */
import { FleetChain, QUERY_BREADTH, writeFeedChain } from '@feedfleet/feedchain';
import { openFleetSources } from '@feedfleet/leaf-protocol';
import { ownAddressesOf, SourceSecrets } from '@feedfleet/package-sources';
import type { Ask } from '@feedfleet/package-sources';
import { fleetKeys, RegistryApi, sendByNode } from '@feedfleet/registry-client';
import type { RegistryMirror, Source } from '@feedfleet/registry-client';
import { createSourceHttp, proxyFromEnvironment } from '@feedfleet/source-http';
import type { SourceHttp } from '@feedfleet/source-http';
import type { ForeignSource } from '@feedfleet/source-probe';

import type { CheckQuestion } from './check-question.ts';
import { checkFleet } from './fleet-check.ts';
import { checkForeign } from './foreign-check.ts';
import type { SourceCheck } from './source-check.ts';

export interface SourceChecking {
  readonly fleetSecret: string;
  readonly balancerUrl: string;
  readonly registryUrl: string;
  /** The operator token. */
  readonly registryToken: string;
  readonly registry: Pick<RegistryMirror, 'current'>;
  /** For the proxies that it names. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface SourceChecks {
  /** @throws {ProblemError} when the credential of the source cannot be read. @throws the signal's reason. */
  check(source: Source, question: CheckRequest): Promise<SourceCheck>;
  close(): void;
}

interface CheckRequest extends Pick<Ask, 'signal' | 'remainingMs' | 'requestId' | 'traceparent'> {
  /** What to ask the source for by its id; null leaves that to the check. */
  readonly packageId: string | null;
}

/** What a check may cause of others: as little as a probe. */
const CHECK_BREADTH = QUERY_BREADTH / 4;
const MAX_CONNECTIONS = 4;

export function openSourceChecks(options: SourceChecking): SourceChecks {
  const { fleetSecret, balancerUrl, registryUrl, registryToken, registry, environment, now = Date.now } = options;
  const keys = fleetKeys(fleetSecret);
  const { sources: reports } = new RegistryApi({ url: registryUrl, token: registryToken, send: sendByNode });
  const fleet = new FleetChain(keys.chain);
  const parts = { secrets: new SourceSecrets(keys.sealing), fleet, reports, now };
  const ownAddresses = ownAddressesOf(registry, [balancerUrl, registryUrl]);
  const proxyFor = proxyFromEnvironment(environment);
  // Nothing is kept: a check is about now.
  const kept = { get: () => undefined, set: () => undefined };
  const fleetSources = openFleetSources({ balancerUrl, kept, maxConnections: MAX_CONNECTIONS });
  const running = new Set<SourceHttp>();

  const foreign = async (source: ForeignSource, { packageId, ask }: CheckQuestion): Promise<SourceCheck> => {
    const step = { fleet, feedId: source.feed, deadlineMs: now() + ask.remainingMs(), breadth: CHECK_BREADTH };
    const chain = writeFeedChain({ outcome: 'none' }, step);
    // One of its own: what a breaker knows of a minute ago is not asked here.
    const http = createSourceHttp({ ownAddresses, proxyFor });
    running.add(http);
    try {
      const asked = { ...ask, chain: chain.outcome === 'written' ? chain.text : '' };
      return await checkForeign(source, { packageId, ask: asked }, { ...parts, http });
    } finally {
      running.delete(http);
      http.close();
    }
  };

  return {
    check: (source, { packageId, ...rest }) => {
      const question = { packageId, ask: { ...rest, chain: '' } };
      const { target } = source;
      if (target.kind === 'foreign') return foreign({ ...source, target }, question);
      return checkFleet(source, question, { ...parts, view: registry.current(), fleetSources });
    },
    close: () => {
      for (const http of running) http.close();
      fleetSources.close();
    },
  };
}
