/** What the first balancer says that answers. */
import type { BalancerState } from '@feedfleet/registry-client';

import { findBalancers } from '../connection.ts';
import type { CliParts } from '../parts.ts';
import type { SteeringOptions } from './steering-options.ts';

/** @throws what the last one failed with, where none answers. */
export async function stateOfAnyBalancer(options: SteeringOptions, parts: CliParts): Promise<BalancerState> {
  let failure: unknown;
  for (const address of await findBalancers(options, parts)) {
    try {
      return await parts.openBalancer(address).state(parts.signal);
    } catch (error) {
      parts.signal.throwIfAborted();
      failure = error;
    }
  }
  throw failure;
}
