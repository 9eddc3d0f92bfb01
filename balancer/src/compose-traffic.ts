/** What is read of a request, and the compartments, from the settings. */
import { FleetChain } from '@feedfleet/feedchain';
import type { Logger, Metrics } from '@feedfleet/host';
import { fleetKeys } from '@feedfleet/registry-client';
import type { Timing } from './compartments/compartment.ts';
import { CompartmentMetrics } from './compartments/compartment-metrics.ts';
import { SealedCompartments } from './compartments/sealed-compartments.ts';
import type { BalancerSettings } from './settings.ts';
import { TrafficReader } from './traffic.ts';

/** Timers that keep no process alive. */
const systemTiming: Timing = {
  now: () => performance.now(),
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

export function trafficReader({ fleetSecret, registryToken }: BalancerSettings): TrafficReader {
  const chain = fleetSecret === undefined ? undefined : new FleetChain(fleetKeys(fleetSecret).chain);
  return new TrafficReader({ chain, operatorToken: registryToken, wallClock: Date.now });
}

export function sealedCompartments(
  { maxHeldRequests }: Pick<BalancerSettings, 'maxHeldRequests'>,
  { log, metrics }: { readonly log: Logger; readonly metrics: Metrics },
): SealedCompartments {
  return new SealedCompartments({
    timing: systemTiming,
    wallClock: Date.now,
    random: Math.random,
    maxHeld: maxHeldRequests,
    metrics: new CompartmentMetrics(metrics),
    log,
  });
}
