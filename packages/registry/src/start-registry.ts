/** The registry as a whole: log, view, API, listener. */
import { startHost } from '@feedfleet/host';
import type { HostOptions, Logger, Metrics } from '@feedfleet/host';
import { systemClock } from '@feedfleet/registry-client';
import type { Clock } from '@feedfleet/registry-client';

import { addApiRoutes } from './api-routes.ts';
import { ensureDefaults } from './defaults.ts';
import type { RegistryLog } from './registry-log.ts';
import { Registry } from './registry.ts';

export interface StartRegistryOptions {
  /** Closed with the registry. */
  readonly storage: RegistryLog;
  /** The bearer token that may do everything. */
  readonly operatorToken: string;
  readonly host: Pick<HostOptions, 'instance' | 'listen' | 'limits' | 'drainMs' | 'drainDelayMs'>;
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

export async function startRegistry(options: StartRegistryOptions): Promise<RunningRegistry> {
  const { storage, operatorToken, log, metrics, clock = systemClock } = options;
  const registry = new Registry({ log: storage, clock });
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
  const host = await startHost({
    service: 'registry',
    ...options.host,
    log,
    metrics,
    routes: (app, contextOf) => addApiRoutes(app, contextOf, { registry, operatorToken, clock }),
    readiness: () => ({ ready: true, checks: { 'registry.number': registry.view.number } }),
  });
  return {
    url: host.url,
    port: host.port,
    drain: async () => {
      registry.subscribers.drain();
      await host.drain();
      storage.close();
    },
  };
}
