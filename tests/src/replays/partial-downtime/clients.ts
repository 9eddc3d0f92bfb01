/** Who asks what on that day. */
import type { LoadGroup, LoadRequest } from '@feedfleet/load';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { LOADED_FAMILIES, trafficTo } from '../../load/family-traffic.ts';
import { SHARED, VERSION_LISTS, versionsIn } from '../../support/source-graph.ts';

/** Requests a second. */
export interface DayRates {
  /** Of each reading family. */
  readonly reads: number;
  readonly pushes: number;
  /** For the two feeds that reference each other. */
  readonly pair: number;
  /** For the ten feeds that all reference each other. */
  readonly ring: number;
}

/** Of a feed with a source, by two families in turn. */
const BUNDLE_PER_SECOND = 4;

/** Groups beside those that are called by their family. */
export const PAIR = 'pair';
export const RING = 'ring';
/** For a feed that takes from another one, and nothing else is special about. */
export const BUNDLE = 'bundle';
/** Those who followed the advice. */
export const SWITCHED = 'switched';
/** Who asks for a private feed without a key. */
export const STRANGERS = 'strangers';

export const CLOSED_FEED = 'closed';
export const OTHER_FAMILIES: readonly string[] = LOADED_FAMILIES.filter((family) => family !== 'default');
/** All whose feeds have nothing to do with the loops. */
export const USERS: readonly string[] = [...LOADED_FAMILIES, BUNDLE, SWITCHED];

const STRANGERS_PER_SECOND = 2;
/** A family that answers late has many requests under way. */
const MAX_CONNECTIONS = 256;

/** What all of `count` feeds have together. */
function versionsOf(count: number, url: string): LoadRequest {
  return {
    ...{ url, keepsBody: true },
    judge: ({ status, body }) => {
      if (status !== 200) return `status ${status}`;
      return versionsIn({ text: body.toString() }).length === count ? undefined : 'feeds are missing';
    },
  };
}

/** Each asks any of the feeds for what all of them have, on the default endpoint. */
function askersOf(fleet: Fleet, name: string, feeds: readonly string[]): LoadGroup {
  const urlOf = (turn: number): string =>
    `${fleet.url}/F/${feeds[turn % feeds.length] ?? ''}${VERSION_LISTS.default(SHARED)}&turn=${turn}`;
  return {
    ...{ name, ratePerSecond: 0, maxConnections: MAX_CONNECTIONS },
    request: (turn) => versionsOf(feeds.length, urlOf(turn)),
  };
}

/** The first of the feeds takes from the others. */
function askersOfBundle(fleet: Fleet, [first = '', ...others]: readonly string[]): LoadGroup {
  const urlOf = (turn: number): string =>
    `${fleet.url}/F/${first}${VERSION_LISTS[turn % 2 === 0 ? 'default' : 'v2'](SHARED)}&turn=${turn}`;
  return {
    ...{ name: BUNDLE, ratePerSecond: BUNDLE_PER_SECOND, maxConnections: MAX_CONNECTIONS },
    request: (turn) => versionsOf(1 + others.length, urlOf(turn)),
  };
}

function strangersTo(fleet: Fleet): LoadGroup {
  return {
    ...{ name: STRANGERS, ratePerSecond: STRANGERS_PER_SECOND },
    request: (turn) => ({
      url: `${fleet.url}/F/${CLOSED_FEED}${VERSION_LISTS.default(SHARED)}&turn=${turn}`,
      judge: ({ status }) => (status === 401 ? undefined : `status ${status}`),
    }),
  };
}

export interface AskedFeeds {
  readonly bundle: readonly string[];
  readonly pair: readonly string[];
  readonly ring: readonly string[];
}

export function clientsOf(fleet: Fleet, rates: DayRates, { bundle, pair, ring }: AskedFeeds): readonly LoadGroup[] {
  const families = trafficTo(fleet, { readsPerSecond: rates.reads, pushesPerSecond: rates.pushes });
  const switched = families
    .filter(({ name }) => name === 'v2')
    .map((group) => ({ ...group, name: SWITCHED, ratePerSecond: 0 }));
  return [
    ...[...families, ...switched].map((group) => ({ ...group, maxConnections: MAX_CONNECTIONS })),
    askersOfBundle(fleet, bundle),
    askersOf(fleet, PAIR, pair),
    askersOf(fleet, RING, ring),
    strangersTo(fleet),
  ];
}
