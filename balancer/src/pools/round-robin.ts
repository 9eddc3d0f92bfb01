/** One after the other, for each family by itself. */
import type { Instance } from '@feedfleet/registry-client';
import type { SelectionPolicy } from './selection-policy.ts';

/** Beyond this many families the turns start over; the registry has a handful. */
const MAX_FAMILIES = 1_000;

export class RoundRobin implements SelectionPolicy {
  readonly #turns = new Map<string, number>();

  select(family: string, instances: readonly Instance[]): Instance | undefined {
    if (instances.length < 2) return instances[0];
    if (this.#turns.size > MAX_FAMILIES) this.#turns.clear();
    const turn = (this.#turns.get(family) ?? -1) + 1;
    this.#turns.set(family, turn);
    return instances[turn % instances.length];
  }
}
