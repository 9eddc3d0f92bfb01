/** The instances of each family as the registry has them, shared by a selection policy. */
import type { Choice, Occupied, Pools } from './pools.ts';
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
}
