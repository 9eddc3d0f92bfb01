/** A balancer's API for those who operate the fleet, typed: on its listener for operations, with the operator token. */
import { ProblemError } from '@feedfleet/problems';

import {
  balancerStateSchema,
  overrideClearedSchema,
  overrideListSchema,
  overrideWrittenSchema,
} from './balancer-api-schemas.ts';
import type { BalancerState, Override, OverrideEntity } from './balancer-api-schemas.ts';
import { RegistryHttp } from './registry-http.ts';
import type { RegistryCall, RegistryHttpOptions } from './registry-http.ts';

const segment = encodeURIComponent;
const OVERRIDES = '/admin/overrides';

export interface OverrideKey {
  readonly entity: OverrideEntity;
  readonly id: string;
}

export class BalancerApi {
  readonly #http: RegistryHttp;
  readonly #url: string;

  /** @param options - `url` is that of the listener for operations. */
  constructor(options: RegistryHttpOptions) {
    this.#http = new RegistryHttp(options);
    this.#url = options.url;
  }

  state(signal?: AbortSignal): Promise<BalancerState> {
    return this.#call({ method: 'GET', path: '/admin/state', answer: balancerStateSchema, signal });
  }

  async overrides(signal?: AbortSignal): Promise<readonly Override[]> {
    return (await this.#call({ method: 'GET', path: OVERRIDES, answer: overrideListSchema, signal })).overrides;
  }

  /** @param value - of the entity's kind, see `overrideValueSchemas`. */
  async override(
    { entity, id }: OverrideKey,
    { value, actor }: { readonly value: unknown; readonly actor: string },
    signal?: AbortSignal,
  ): Promise<Override> {
    const path = `${OVERRIDES}/${entity}/${segment(id)}`;
    const body = { value, actor };
    return (await this.#call({ method: 'PUT', path, body, answer: overrideWrittenSchema, signal })).override;
  }

  /** @returns whether there was one. */
  async clear({ entity, id }: OverrideKey, actor: string, signal?: AbortSignal): Promise<boolean> {
    const path = `${OVERRIDES}/${entity}/${segment(id)}`;
    const answer = overrideClearedSchema;
    return (await this.#call({ method: 'DELETE', path, query: { actor }, answer, signal })).cleared;
  }

  async #call<T>(call: RegistryCall<T>): Promise<T> {
    try {
      return await this.#http.call(call);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      const isSilent = error.code === 'FF_REGISTRY_UNAVAILABLE' && error.cause !== undefined;
      if (!isSilent && error.code !== 'FF_NOT_A_REGISTRY') throw error;
      const why = isSilent ? 'does not answer' : 'is not the listener for operations of a balancer';
      throw new ProblemError('unreachable', { detail: `${this.#url} ${why}`, cause: error });
    }
  }
}
