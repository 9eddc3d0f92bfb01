/** What is sent with writes and checks of health while the writes were given past the registry: signed once. */
import { signWritesGrant } from '@feedfleet/registry-client';
import type { Override } from '@feedfleet/registry-client';

export class GrantedWrites {
  readonly #overrides: { readonly all: readonly Override[] };
  readonly #key: Buffer | undefined;
  #seen: readonly Override[] = [];
  #header: string | undefined;

  /** @param key - `FleetKeys.writes`; without it nothing can be said. */
  constructor(overrides: { readonly all: readonly Override[] }, key: Buffer | undefined) {
    this.#overrides = overrides;
    this.#key = key;
  }

  get isPossible(): boolean {
    return this.#key !== undefined;
  }

  /** `undefined` where the registry has the word. */
  header(): string | undefined {
    const { all } = this.#overrides;
    if (all !== this.#seen) {
      this.#header = this.#made(all);
      this.#seen = all;
    }
    return this.#header;
  }

  #made(all: readonly Override[]): string | undefined {
    const given = all.find((override) => override.entity === 'datacenter');
    const epoch = given?.value.epoch;
    if (given === undefined || epoch === undefined || this.#key === undefined) return undefined;
    return signWritesGrant(this.#key, { datacenter: given.id, epoch });
  }
}
