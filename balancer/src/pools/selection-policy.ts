/** The selection policy port: which instance of a family takes a request. Pure; health and load come in with the pools. */
import type { Instance } from '@feedfleet/registry-client';

export interface SelectionPolicy {
  /**
   * @param family - its id.
   * @param instances - of that family, in order of id.
   * @returns one of them; `undefined` when there is none to take.
   */
  select(family: string, instances: readonly Instance[]): Instance | undefined;
}
