/** The registry as a whole: log, view, API, listener. */
import { startHost } from '@feedfleet/host';
import type { HostOptions, Logger, Metrics } from '@feedfleet/host';
import { fleetKeys, systemClock, unsealSecret } from '@feedfleet/registry-client';
import type { Clock } from '@feedfleet/registry-client';

import { addApiRoutes } from './api-routes.ts';
import { ensureDefaults } from './defaults.ts';
import type { RegistryLog } from './registry-log.ts';
import { Registry } from './registry.ts';
import { openUpkeep } from './upkeep.ts';

export interface StartRegistryOptions {
  /** Closed with the registry. */
  readonly storage: RegistryLog;
  /** The bearer token that may do everything. */
  readonly operatorToken: string;
  /** What credentials of package sources are sealed with. Without it there are none. */
  readonly fleetSecret?: string | undefined;
  /** URLs under which clients and processes reach the balancer. */
  readonly balancerUrls?: readonly string[];
  readonly host: Pick<HostOptions, 'instance' | 'listen' | 'limits' | 'drainMs' | 'drainDelayMs' | 'restart'>;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock?: Clock;
}

export interface RunningRegistry {
  readonly url: string;
  readonly port: number;
  /** Answers waiting polls at once, ends requests under way, closes the log. Idempotent. */
  drain(): Promise<void>;
}

/** The fleet secret was lost or changed, so they have to be given again. */
function warnOfUnreadableCredentials({ view, fleet: { keys } }: Registry, log: Logger): void {
  const unreadable = view.sources.filter(
    ({ id, credential }) =>
      credential !== null && (keys === undefined || unsealSecret(keys.sealing, id, credential.secret) === undefined),
  );
  if (unreadable.length === 0) return;
  log.warn('credentials of package sources were sealed with another fleet secret', {
    'registry.sources': unreadable.length,
    'registry.source': unreadable[0]?.id,
  });
}

export async function startRegistry(options: StartRegistryOptions): Promise<RunningRegistry> {
  const { storage, operatorToken, fleetSecret, balancerUrls = [], log, metrics, clock = systemClock } = options;
  const keys = fleetSecret === undefined ? undefined : fleetKeys(fleetSecret);
  const registry = new Registry({ log: storage, clock, fleet: { keys, balancerUrls } });
  warnOfUnreadableCredentials(registry, log);
  for (const { id, reason } of ensureDefaults(registry)) {
    log.warn('a default was left out', { 'registry.entity': id, reason });
  }
  metrics.gauge({
    name: 'feedfleet_registry_change_number',
    help: 'Number of the newest change.',
    collect: () => registry.view.number,
  });
  metrics.gauge({
    name: 'feedfleet_registry_waiting_polls',
    help: 'Polls that wait for a change.',
    collect: () => registry.subscribers.waiting,
  });
  const upkeep = openUpkeep({ registry, clock, log });
  const host = await startHost({
    service: 'registry',
    ...options.host,
    log,
    metrics,
    routes: (app, contextOf) => addApiRoutes(app, contextOf, { registry, operatorToken, clock }),
    readiness: () => ({ ready: true, checks: { 'registry.number': registry.view.number } }),
  });
  upkeep.start();
  return {
    url: host.url,
    port: host.port,
    drain: async () => {
      await upkeep.stop();
      registry.subscribers.drain();
      await host.drain();
      storage.close();
    },
  };
}
