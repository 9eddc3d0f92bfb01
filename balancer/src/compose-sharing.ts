/** How requests share the fleet, put together: what is read of them, compartments, pools, health, quarantine. */
import { FleetChain } from '@feedfleet/feedchain';
import type { Logger, Metrics } from '@feedfleet/host';
import { fleetKeys } from '@feedfleet/registry-client';
import type { Timing } from './compartments/compartment.ts';
import { CompartmentMetrics } from './compartments/compartment-metrics.ts';
import { declareFeedMetrics } from './compartments/feed-load-metrics.ts';
import { SealedCompartments } from './compartments/sealed-compartments.ts';
import type { LoopMeter } from './compartments/sealed-compartments.ts';
import type { FleetView } from './fleet-view.ts';
import { askHealth } from './health/ask-health.ts';
import { HealthChecker } from './health/health-checker.ts';
import { InstancePools } from './pools/instance-pools.ts';
import type { Pools } from './pools/pools.ts';
import { FeedWatch } from './quarantine/feed-watch.ts';
import type { FeedWatchOptions } from './quarantine/feed-watch.ts';
import { WatchedPools } from './quarantine/watched-pools.ts';
import type { BalancerSettings } from './settings.ts';
import { TrafficReader } from './traffic.ts';

interface Telling {
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface SharingParts extends Telling {
  /** The fleet as requests are balanced by; `undefined` when there never was a view. */
  readonly known: () => FleetView | undefined;
  readonly watch: FeedWatch;
  /** What is to be said of the writes past the registry. */
  readonly writesGrant: () => string | undefined;
}

export interface Sharing {
  readonly traffic: TrafficReader;
  readonly compartments: SealedCompartments;
  readonly pools: Pools;
  readonly checker: HealthChecker;
}

type SharingSettings = Pick<
  BalancerSettings,
  'fleetSecret' | 'registryToken' | 'maxHeldRequests' | 'automaticQuarantine' | 'quarantineSaturating'
>;

const now = (): number => performance.now();
const wallClock = Date.now;
const random = Math.random;

/** Timers that keep no process alive. */
const timing: Timing = {
  now,
  after: (delayMs, call) => {
    const timer = setTimeout(call, delayMs).unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

const loop: LoopMeter = {
  restedMs: () => performance.eventLoopUtilization().idle,
  ranMs: () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  },
};

type Remembering = Pick<FeedWatchOptions, 'memory' | 'keep'>;

/** @param telling - with what is remembered over restarts; without it nothing is. */
export function feedWatch(
  { automaticQuarantine: isActive }: SharingSettings,
  telling: Telling & Remembering,
): FeedWatch {
  return new FeedWatch({ isActive, wallClock, ...telling });
}

export function composeSharing(
  settings: SharingSettings,
  { known, watch, writesGrant, log, metrics }: SharingParts,
): Sharing {
  const { maxHeldRequests: maxHeld, quarantineSaturating } = settings;
  const saturates = quarantineSaturating ? watch.saturates.bind(watch) : () => undefined;
  const told = { metrics: new CompartmentMetrics(metrics), log, saturates };
  const pools = new InstancePools({
    ...{ log, metrics, random, now, wallClock },
    down: ({ family, instance }) => watch.down(family, instance),
  });
  const instances = () => {
    const fleet = known();
    return fleet === undefined ? [] : pools.checked(fleet);
  };
  const compartments = new SealedCompartments({ timing, loop, wallClock, random, maxHeld, ...told });
  declareFeedMetrics(metrics, () => compartments.state());
  return {
    traffic: trafficReader(settings),
    compartments,
    pools: new WatchedPools(pools, watch, wallClock),
    checker: new HealthChecker({ instances, ask: (question) => askHealth(question, writesGrant()), random, now }),
  };
}

function trafficReader({ fleetSecret, registryToken }: SharingSettings): TrafficReader {
  const chain = fleetSecret === undefined ? undefined : new FleetChain(fleetKeys(fleetSecret).chain);
  return new TrafficReader({ chain, operatorToken: registryToken, wallClock });
}
