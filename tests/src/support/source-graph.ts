/** Feeds of a fleet that reference each other, and the requests that really went through the balancer. */
import type { Feed, SourceCreation } from '@feedfleet/registry-client';
import { eventually, portsOf } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { exchange } from './exchange.ts';
import type { Exchange } from './exchange.ts';
import { FeedClient } from './feed-client.ts';
import type { ReadFamily } from './feed-client.ts';
import { buildPackage } from './package-builder.ts';

/** A package that every feed of a graph has, each in a version of its own. */
export const SHARED = 'Shared.Library';

export interface GraphFeedOptions {
  readonly aliases?: readonly string[];
  readonly visibility?: Feed['visibility'];
}

type SourceOptions = Omit<SourceCreation, 'name' | 'target'> & { readonly name?: string };

export class SourceGraph {
  readonly #fleet: Fleet;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
  }

  /** As an administrator reads and pushes, under any name of the feed. */
  client(feed: string): FeedClient {
    return new FeedClient(`${this.#fleet.url}/F/${feed}`, this.#fleet.adminKey);
  }

  async addFeed(name: string, { aliases = [], visibility = 'public' }: GraphFeedOptions = {}): Promise<void> {
    await this.#fleet.registry.feeds.create({ name, aliases, visibility });
  }

  async push(feed: string, id: string, version: string): Promise<void> {
    const { status, text } = await this.client(feed).push(buildPackage({ id, version }));
    if (status !== 201) throw new Error(`pushing ${id} ${version} to ${feed}: ${status} ${text}`);
  }

  /** Feeds `PREFIX0` and so on, each with the shared package in version `PLACE.0.0`, and one of its own. */
  async addFeeds(prefix: string, count: number): Promise<readonly string[]> {
    const names = Array.from({ length: count }, (_each, place) => `${prefix}${place}`);
    for (const [place, name] of names.entries()) {
      await this.addFeed(name);
      await this.push(name, SHARED, `${place}.0.0`);
      await this.push(name, `Own.${name}`, '1.0.0');
    }
    return names;
  }

  async addSource(feed: string, target: string, options: SourceOptions = {}): Promise<void> {
    const source = { name: target, ...options, target: { kind: 'feed', feed: target } as const };
    await this.#fleet.registry.sources.create(feed, source);
  }

  /** Everything that reached the balancer for a family so far, each counted when its answer had ended. */
  async requests(family: ReadFamily): Promise<number> {
    const { text } = await exchange(`http://127.0.0.1:${portsOf(this.#fleet)['balancer-1.ops']}/metrics`);
    const lines = text.split('\n').filter((line) => line.startsWith('feedfleet_balancer_requests_total{'));
    return lines
      .filter((line) => line.includes(`family="${family}"`))
      .reduce((total, line) => total + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
  }

  /** Reads, and counts what it took beside the request itself. */
  async counted(
    client: FeedClient,
    family: ReadFamily,
    path: string,
  ): Promise<{ readonly answer: Exchange; readonly asked: number }> {
    const before = await this.requests(family);
    const answer = await client.send(path);
    // The balancer counts a request right after its answer: the client may be faster.
    const asked = await eventually({ what: 'the request is counted', limitMs: 5_000 }, async () => {
      const now = await this.requests(family);
      return now > before ? now - before - 1 : undefined;
    });
    return { answer, asked };
  }
}

/** How each family is asked for the versions of one package, and how they stand in the answer. */
export const VERSION_LISTS: Readonly<Record<ReadFamily, (id: string) => string>> = {
  default: (id) => `/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`,
  v2: (id) => `/api/v2/Packages()?$filter=Id%20eq%20'${id}'&$inlinecount=allpages`,
  v3: (id) => `/api/v3/flat/${id.toLowerCase()}/index.json`,
};

export function versionsIn({ text }: Pick<Exchange, 'text'>): readonly string[] {
  if (text.startsWith('{')) return (JSON.parse(text) as { readonly versions?: readonly string[] }).versions ?? [];
  return [...text.matchAll(/<d:NormalizedVersion>([^<]*)</g)].map(([, version = '']) => version).toSorted(byNumber);
}

const byNumber = (left: string, right: string): number => Number.parseInt(left, 10) - Number.parseInt(right, 10);
