/** The instances of each family as the registry has them, shared by a selection policy. */
import type { Instance } from '@feedfleet/registry-client';
import type { FleetView } from '../fleet-view.ts';
import type { Choice, MemberState, Occupied, Pools, PoolState } from './pools.ts';
import type { SelectionPolicy } from './selection-policy.ts';
import { Targets } from './target-of.ts';

export class InstancePools implements Pools {
  readonly #selection: SelectionPolicy;
  readonly #targets = new Targets();

  constructor(selection: SelectionPolicy) {
    this.#selection = selection;
  }

  take({ family, fleet, tried }: Choice): Occupied | undefined {
    const all = fleet.instancesOf(family);
    const left = tried.size === 0 ? all : all.filter(({ id }) => !tried.has(id));
    const instance = this.#selection.select(family, left);
    if (instance === undefined) return undefined;
    return { instance, target: this.#targets.of(instance), leave: () => undefined };
  }

  state(fleet: FleetView): readonly PoolState[] {
    return fleet.families
      .map(({ id }) => ({ family: id, isPanicking: false, members: fleet.instancesOf(id).map(stateOf) }))
      .filter(({ members }) => members.length > 0);
  }
}

function stateOf(instance: Instance): MemberState {
  const nothing = { why: '', ejectedUntil: undefined, inFlight: 0, latencyMs: undefined, requests: 0, failures: 0 };
  return { instance, health: 'unknown', isTaking: true, rampShare: 1, ...nothing };
}
