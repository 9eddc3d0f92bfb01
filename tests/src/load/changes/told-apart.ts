/** Two feeds whose answers cannot be taken for each other's, on every reading family, and requests that know what belongs in the answer. */
import type { LoadGroup, LoadRequest } from '@feedfleet/load';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { FeedClient } from '../../support/feed-client.ts';
import { buildPackage } from '../../support/package-builder.ts';

/** The version that everything of a feed has. */
const VERSIONS = { blue: '7.1.0', green: '8.2.0' } as const;
type ToldFeed = keyof typeof VERSIONS;

const IDS = 5;
const FEEDS = Object.keys(VERSIONS) as readonly ToldFeed[];

/** What is asked, and what only an answer of that family to it begins its links with. */
const FAMILIES = {
  default: { path: (id: string) => `/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`, mount: '' },
  v1: { path: (id: string) => `/api/v1/FindPackagesById()?id='${id}'`, mount: '/api/v1' },
  v2: { path: (id: string) => `/api/v2/FindPackagesById()?id='${id}'&semVerLevel=2.0.0`, mount: '/api/v2' },
  v3: {
    path: (id: string) => `/api/v3/registration/plain/${id.toLowerCase()}/index.json?`,
    mount: '/api/v3',
  },
} as const;
export const TOLD_FAMILIES = Object.keys(FAMILIES) as readonly (keyof typeof FAMILIES)[];
type ToldFamily = (typeof TOLD_FAMILIES)[number];

/** A package of the feed `green` that clients restore. */
export const RESTORED = { feed: 'green', id: 'Told.P0', version: VERSIONS.green } as const;

export async function seedToldFeeds({ registry, url, adminKey }: Fleet): Promise<void> {
  for (const feed of FEEDS) {
    await registry.feeds.create({ name: feed, visibility: 'public' });
    const client = new FeedClient(`${url}/F/${feed}`, adminKey);
    for (let place = 0; place < IDS; place += 1) {
      const { status, text } = await client.push(buildPackage({ id: `Told.P${place}`, version: VERSIONS[feed] }));
      if (status !== 201) throw new Error(`the push to ${feed} answered ${status} ${text}`);
    }
    client.disconnect();
  }
}

/** @param origin - of the balancer, for links that an answer begins with what it was asked by. */
function requestOf(origin: string, family: ToldFamily, turn: number): LoadRequest {
  const feed = turn % 2 === 0 ? 'blue' : 'green';
  const { path, mount } = FAMILIES[family];
  const root = `${origin}/F/${feed}${mount}/`;
  const other = feed === 'blue' ? VERSIONS.green : VERSIONS.blue;
  return {
    url: `${origin}/F/${feed}${path(`Told.P${turn % IDS}`)}&turn=${turn}`,
    keepsBody: true,
    judge: ({ status, body }) => {
      if (status !== 200) return `status ${status}`;
      const isRight = body.includes(root) && body.includes(VERSIONS[feed]) && !body.includes(other);
      return isRight ? undefined : 'misrouted';
    },
  };
}

/** One group for each family, under its name. */
export function toldTraffic(origin: string, readsPerSecond: number): readonly LoadGroup[] {
  return TOLD_FAMILIES.map((family) => ({
    name: family,
    ratePerSecond: readsPerSecond,
    request: (turn) => requestOf(origin, family, turn),
  }));
}

/** Clients that open a connection with TLS for each request. */
export function toldTrafficByTls(origin: string, authority: string, readsPerSecond: number): LoadGroup {
  const request = (turn: number): LoadRequest => requestOf(origin, 'v3', turn);
  return { name: 'tls', ratePerSecond: readsPerSecond, keepsConnections: false, authority, request };
}
