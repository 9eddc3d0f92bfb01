/** What the supervisor asks of the registry: the first feed and the admin key. */
import type { RegistryApi } from '@feedfleet/registry-client';

export interface Bootstrapped {
  /** The feed that the screen shows. */
  readonly feed: string;
  /** On the first start only. */
  readonly adminKey: string | undefined;
}

/** Owner of what the fleet made for itself: the canary feed of the status page. */
const OWN = 'feedfleet';

/**
 * Makes the first feed and the admin key when there are none. The key is told this once: whoever calls this shows it next,
 * whatever else happens. So there is no signal; the client has a limit of its own.
 */
export async function bootstrap(
  api: Pick<RegistryApi, 'bootstrap' | 'feeds'>,
  firstFeed: string,
): Promise<Bootstrapped> {
  const answer = await api.bootstrap({ feedName: firstFeed });
  if (answer.created) return { feed: answer.feed.name, adminKey: answer.secret };
  const feeds = await api.feeds.list();
  const shown =
    feeds.find(({ name }) => name.toLowerCase() === firstFeed.toLowerCase()) ??
    feeds.find(({ owner }) => owner !== OWN);
  return { feed: shown?.name ?? firstFeed, adminKey: undefined };
}
