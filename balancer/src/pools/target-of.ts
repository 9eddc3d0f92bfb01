/** An instance of the registry as the transport needs it: its URL taken apart once, not for each request. */
import type { Instance } from '@feedfleet/registry-client';
import type { Target } from '../transport.ts';

export class Targets {
  /** The registry's view keeps an instance's object until the instance changes. */
  readonly #known = new WeakMap<Instance, Target>();

  of(instance: Instance): Target {
    let target = this.#known.get(instance);
    if (target === undefined) {
      target = parse(instance);
      this.#known.set(instance, target);
    }
    return target;
  }
}

function parse({ id, family, url }: Instance): Target {
  const { protocol, hostname, port } = new URL(url);
  const secure = protocol === 'https:';
  return {
    family,
    instance: id,
    protocol: secure ? 'https:' : 'http:',
    hostname: hostname.startsWith('[') ? hostname.slice(1, -1) : hostname,
    port: port === '' ? (secure ? 443 : 80) : Number(port),
  };
}
