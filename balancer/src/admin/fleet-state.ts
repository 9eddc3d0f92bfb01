/** All that a balancer knows of the fleet at one moment, as one document. */
import type { Override, RegistryView } from '@feedfleet/registry-client';
import type { PoolState } from '../pools/pools.ts';
import type { FamilyLoad } from './traffic-meter.ts';

/** What the compartments tell; more of it is passed on as it is. */
interface CompartmentsTold {
  /** The busiest first. */
  readonly topFeeds: readonly { readonly feed: string }[];
}

export interface FleetStateParts {
  readonly instance: string;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly registryState: () => { readonly number: number | null; readonly connected: boolean };
  /** What the registry says. @throws {ProblemError} when there never was a view. */
  readonly registry: () => RegistryView;
  /** The same with what lies over it. */
  readonly fleet: () => RegistryView;
  readonly loads: () => readonly FamilyLoad[];
  readonly pools: (fleet: RegistryView) => readonly PoolState[];
  readonly compartments: () => CompartmentsTold;
  readonly overrides: { readonly all: readonly Override[] };
}

type Origin = 'registry' | 'override' | 'automatic';

export function fleetState(parts: FleetStateParts): object {
  const { instance, wallClock, registryState, overrides } = parts;
  const [base, fleet, compartments] = [parts.registry(), parts.fleet(), parts.compartments()];
  const originOf = (entity: Override['entity'], id: string, isSame: boolean): Origin => {
    if (isSame) return 'registry';
    return overrides.all.some((each) => each.entity === entity && each.id === id) ? 'override' : 'automatic';
  };
  const reroutes = fleet.reroutes.map((reroute) => ({
    ...reroute,
    origin: originOf('reroute', reroute.id, base.rerouteById(reroute.id) === reroute),
  }));
  const quarantines = fleet.quarantines.map((quarantine) => ({
    ...quarantine,
    origin: originOf('quarantine', quarantine.id, base.quarantineOf(quarantine.id) === quarantine),
  }));
  const { number, connected } = registryState();
  return {
    ...{ instance, at: new Date(wallClock()).toISOString(), registry: { number, connected } },
    families: parts.loads(),
    pools: parts.pools(fleet),
    compartments,
    feeds: namesOf(fleet, [
      ...compartments.topFeeds.map(({ feed }) => feed),
      ...quarantines.map(({ id }) => id),
      ...reroutes.flatMap(({ feed }) => feed ?? []),
    ]),
    ...{ reroutes, quarantines, datacenters: fleet.datacenters, overrides: overrides.all },
  };
}

function namesOf(fleet: RegistryView, ids: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(ids.map((id) => [id, fleet.feedById(id)?.name ?? id]));
}
