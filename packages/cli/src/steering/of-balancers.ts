/** What balancers have decided or were told themselves, beside what the registry says. */
import type { BalancerState } from '@feedfleet/registry-client';

import type { CliParts } from '../parts.ts';
import type { SteeringOptions } from './steering-options.ts';
import { askBalancers } from './told-balancers.ts';

interface Decided {
  readonly id: string;
  readonly origin: 'registry' | 'override' | 'automatic';
}

/** Of all that answer, each once; nothing where none can be asked: the registry is who was asked. */
export async function ofBalancers<T extends Decided>(
  options: SteeringOptions,
  parts: CliParts,
  pick: (state: BalancerState) => readonly T[],
): Promise<readonly T[]> {
  const states = await askBalancers(options, parts).catch(() => []);
  const decided = states.flatMap((state) => pick(state).filter(({ origin }) => origin !== 'registry'));
  return [...new Map(decided.map((each) => [each.id, each])).values()];
}
