/** `dotnet restore`, again and again, each time from nothing: a real client that goes through whatever is changed meanwhile. */
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { Dotnet } from '../../support/dotnet.ts';
import { RESTORED } from './told-apart.ts';

export class Restores {
  readonly #client = new Dotnet();
  readonly failures: string[] = [];
  #made = 0;

  constructor(fleet: Fleet) {
    const { feed, id, version } = RESTORED;
    this.#client.configure({ fleet: { url: `${fleet.url}/F/${feed}/api/v3/index.json` } });
    this.#client.project('user', { id: 'User', version: '1.0.0', references: { [id]: `[${version}]` } });
  }

  get made(): number {
    return this.#made;
  }

  /** At least once; the last one that began before the signal is waited for. */
  async until(signal: AbortSignal): Promise<void> {
    do {
      this.#made += 1;
      const packages = this.#client.path('packages', String(this.#made));
      const args = ['restore', 'user', '--force', '--no-http-cache', '--packages', packages];
      const { code, output } = await this.#client.dotnet(args);
      const wanted = `${RESTORED.id}/${RESTORED.version}`;
      if (code !== 0) this.failures.push(`restore ${this.#made} ended with ${code}: ${output.slice(-500)}`);
      else if (!this.#client.restored('user').includes(wanted))
        this.failures.push(`restore ${this.#made}: no ${wanted}`);
    } while (!signal.aborted);
  }

  remove(): void {
    this.#client.remove();
  }
}
