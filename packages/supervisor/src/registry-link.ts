/**
 * What the supervisor tells the registry: the first feed, and where the instances are.
 *
 * Instances are told again whenever a process or the registry comes back; until then the last snapshot holds.
 */
import type { InstanceWrite, RegistryApi } from '@feedfleet/registry-client';

export interface Bootstrapped {
  /** The feed that the screen shows. */
  readonly feed: string;
  /** On the first start only. */
  readonly adminKey: string | undefined;
}

type RegisteredInstance = InstanceWrite & { readonly id: string };

export interface RegistryLinkOptions {
  /** Made when it is first needed, since the ports are not known before. */
  readonly api: () => Promise<RegistryApi>;
  readonly onFailure: (error: unknown) => void;
}

export class RegistryLink {
  readonly #options: RegistryLinkOptions;
  readonly #instances = new Map<string, RegisteredInstance>();
  #reachable = false;
  #telling: Promise<void> = Promise.resolve();

  constructor(options: RegistryLinkOptions) {
    this.#options = options;
  }

  /**
   * Makes the first feed and the admin key when there are none. The key is told this once: whoever calls this shows it next,
   * whatever else happens. So there is no signal; the client has a limit of its own.
   */
  async bootstrap(firstFeed: string): Promise<Bootstrapped> {
    const api = await this.#options.api();
    const answer = await api.bootstrap({ feedName: firstFeed });
    if (answer.created) return { feed: answer.feed.name, adminKey: answer.secret };
    const feeds = await api.feeds.list();
    const shown = feeds.find(({ name }) => name.toLowerCase() === firstFeed.toLowerCase()) ?? feeds[0];
    return { feed: shown?.name ?? firstFeed, adminKey: undefined };
  }

  register(instance: RegisteredInstance): void {
    this.#instances.set(instance.id, instance);
    if (this.#reachable) this.#tell([instance]);
  }

  /** The registry came up, for the first time or again. */
  reachable(): void {
    this.#reachable = true;
    this.#tell([...this.#instances.values()]);
  }

  /** When everything that was to be told has been told, or could not be. */
  registered(): Promise<void> {
    return this.#telling;
  }

  #tell(instances: readonly RegisteredInstance[]): void {
    this.#telling = this.#telling.then(async () => {
      try {
        const api = await this.#options.api();
        for (const { id, family, url } of instances) await api.instances.put(id, { family, url });
      } catch (error) {
        this.#options.onFailure(error);
      }
    });
  }
}
