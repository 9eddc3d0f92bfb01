/** What steers traffic beside the registry, put together: overrides of operators, reroutes of the balancer's own, and the API about them. */
import path from 'node:path';
import type { Logger, Metrics, OpsHandler } from '@feedfleet/host';
import { fleetKeys } from '@feedfleet/registry-client';
import type { Quarantine, RegistryMirror, RegistryView } from '@feedfleet/registry-client';
import { AutomaticReroutes } from '../reroutes/automatic-reroutes.ts';
import type { BalancerSettings } from '../settings.ts';
import { AdminAccess } from './admin-access.ts';
import { createAdminHandler } from './admin-handler.ts';
import { FleetOverlay } from './fleet-overlay.ts';
import { GrantedWrites } from './granted-writes.ts';
import { fleetState } from './fleet-state.ts';
import type { FleetStateParts } from './fleet-state.ts';
import { OverrideFile } from './override-file.ts';
import { Overrides } from './overrides.ts';
import { TrafficMeter } from './traffic-meter.ts';

export interface SteeringParts {
  readonly mirror: RegistryMirror;
  /** Feeds that the balancer keeps apart by itself. The same array until it changes. */
  readonly quarantines: () => readonly Quarantine[];
  readonly log: Logger;
  readonly metrics: Metrics;
}

export interface Steering {
  /** The fleet as requests are balanced by. */
  readonly overlay: FleetOverlay;
  readonly meter: TrafficMeter;
  readonly grantedWrites: GrantedWrites;
  /** For the listener for operations. */
  readonly adminHandler: (told: Pick<FleetStateParts, 'pools' | 'compartments'>) => OpsHandler;
  close(): void;
}

const JUDGED_EVERY_MS = 1_000;
const wallClock = Date.now;

export async function openSteering(
  { instance, dataFolder, registryToken, fleetSecret }: BalancerSettings,
  { mirror, quarantines, log, metrics }: SteeringParts,
): Promise<Steering> {
  const meter = new TrafficMeter({ now: () => performance.now() });
  const file = new OverrideFile(path.join(dataFolder, 'overrides', `${instance}.json`));
  const overrides = await Overrides.open({ file, log, wallClock });
  const key = fleetSecret === undefined ? undefined : fleetKeys(fleetSecret).writes;
  const grantedWrites = new GrantedWrites(overrides, key);
  const automatic = new AutomaticReroutes({ evidence: meter, log, metrics, wallClock });
  const overlay = new FleetOverlay({ overrides, automatic: () => automatic.all, quarantines, wallClock });
  const registry = (): RegistryView => mirror.current();
  const fleet = (): RegistryView => overlay.over(registry());
  const timer = setInterval(() => {
    if (mirror.state().number !== null) automatic.judge(fleet());
  }, JUDGED_EVERY_MS).unref();
  return {
    overlay,
    meter,
    grantedWrites,
    adminHandler: (told) => {
      const state = { instance, wallClock, registryState: () => mirror.state(), registry, fleet, overrides, ...told };
      return createAdminHandler({
        ...{ access: new AdminAccess(registryToken), overrides, registry, fleet, log, wallClock },
        grantsWrites: grantedWrites.isPossible,
        state: () => fleetState({ ...state, loads: () => meter.loads() }),
      });
    },
    close: () => clearInterval(timer),
  };
}
