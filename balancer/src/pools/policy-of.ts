/** The selection policy that a family asks for. */
import type { FamilyBalancing } from '@feedfleet/registry-client';
import { LeastLoaded } from './least-loaded.ts';
import { Rendezvous } from './rendezvous.ts';
import { RoundRobin } from './round-robin.ts';
import type { SelectionPolicy } from './selection-policy.ts';

/** @param random - evenly from 0 up to but not 1. */
export function policyOf(
  { policy, shardSize }: Pick<FamilyBalancing, 'policy' | 'shardSize'>,
  random: () => number,
): SelectionPolicy {
  switch (policy) {
    case 'least-loaded':
      return new LeastLoaded(random);
    case 'round-robin':
      return new RoundRobin();
    case 'rendezvous':
      return new Rendezvous({ shardSize, random });
  }
}
