/**
 * Whether a URL names a feed of this fleet: then the feed is asked directly, with the feed chain, instead of through the outside.
 *
 * Pure. What is not found out here, such as another name of the same machine, is found by who follows the chain.
 */
import { parseFeedPath } from '@feedfleet/registry-client';

export type NamedByUrl =
  | { readonly outcome: 'foreign' }
  | {
      readonly outcome: 'own';
      readonly feedName: string;
      /** Of a pre-authenticated URL. A secret. */
      readonly pathKey: string | null;
    };

/** One word for all that a machine calls itself. */
const loopbackHosts: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

function originOf({ protocol, hostname, port }: URL): string {
  return `${protocol}//${loopbackHosts.includes(hostname) ? 'loopback' : hostname}:${port}`;
}

/** What follows the path of the base, or `undefined` when it is not below it. */
function pathBelow(url: URL, base: URL): string | undefined {
  const prefix = base.pathname.replace(/\/+$/, '');
  return url.pathname.startsWith(`${prefix}/`) ? url.pathname.slice(prefix.length) : undefined;
}

/**
 * @param url - absolute.
 * @param ownUrls - of the balancer and of the instances.
 * @example
 * namedByUrl('https://nuget.example.org/F/team/api/v2', ['https://nuget.example.org']); // own: team
 */
export function namedByUrl(url: string, ownUrls: readonly string[]): NamedByUrl {
  const asked = new URL(url);
  for (const own of ownUrls) {
    const base = URL.parse(own);
    if (base === null || originOf(base) !== originOf(asked)) continue;
    const feed = parseFeedPath(pathBelow(asked, base) ?? '');
    if (feed !== undefined) return { outcome: 'own', feedName: feed.feedName, pathKey: feed.pathKey };
  }
  return { outcome: 'foreign' };
}
