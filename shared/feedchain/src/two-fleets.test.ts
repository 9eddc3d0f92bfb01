/**
 * Fleets that refer to each other over the outside: every query ends, asks a bounded number of times, and finds what the whole graph of
 * both fleets holds, through every feed. Real plans and real headers; only the network is left out.
 */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Feed, RegistryView } from '@feedfleet/registry-client';

import { FEEDCHAIN_HEADER, readFeedChain, writeFeedChain } from './feed-chain.ts';
import type { ReceivedChain } from './feed-chain.ts';
import type { FleetChain } from './fleet-chain.ts';
import { feedNamed, fleetOf, registryOf } from './graph-fixture.ts';
import type { EdgeSketch } from './graph-fixture.ts';
import type { PlannedContext } from './hierarchy-plan.ts';
import { planHierarchy, QUERY_BREADTH } from './plan-hierarchy.ts';

const now = Date.parse('2030-06-01T00:00:00Z');

interface Version {
  readonly id: string;
  readonly isPrerelease: boolean;
  /** The feed that has it. */
  readonly origin: string;
}

interface Fleet {
  readonly chain: FleetChain;
  readonly view: RegistryView;
}

/** Feeds `1a` belong to the fleet `1`. Edges between fleets are foreign. */
const fleetName = (feed: string): string => feed.slice(0, 1);
const urlOf = (feed: string): string => `https://fleet-${fleetName(feed)}.example/F/${feed}/index.json`;
const feedOfUrl = (url: string): string => /F\/([^/]+)\//.exec(url)?.[1] ?? '';
const ids = ['core.json', 'tool'];

class World {
  readonly #requests = new Map<string, number>();
  readonly #fleets: ReadonlyMap<string, Fleet>;
  readonly #strips: boolean;
  readonly #maxRequests: number;

  constructor(feeds: readonly string[], edges: readonly EdgeSketch[], { strips = false, maxRequests = 20_000 } = {}) {
    this.#strips = strips;
    this.#maxRequests = maxRequests;
    const names = [...new Set(feeds.map(fleetName))];
    this.#fleets = new Map(
      names.map((name) => {
        const own = feeds.filter((feed) => fleetName(feed) === name);
        const from = edges.filter((edge) => fleetName(edge.from) === name);
        const sketches = from.map((edge, index) => ({
          ...edge,
          name: `s${index}`,
          to: fleetName(edge.to) === name ? edge.to : urlOf(edge.to),
        }));
        return [name, { chain: fleetOf(name), view: registryOf({ feeds: own, edges: sketches }) }];
      }),
    );
  }

  requestsOf(fleet: string): number {
    return this.#requests.get(fleet) ?? 0;
  }

  get requests(): number {
    return [...this.#requests.values()].reduce((sum, count) => sum + count, 0);
  }

  #fleetOf(feedName: string): Fleet {
    const fleet = this.#fleets.get(fleetName(feedName));
    if (fleet === undefined) throw new Error(`no fleet of ${feedName}`);
    return fleet;
  }

  /** @param id - `null` for all packages. */
  ask(feedName: string, id: string | null, header?: string): readonly Version[] {
    const { chain, view } = this.#fleetOf(feedName);
    const entry = feedNamed(view, feedName);
    const rawHeaders = header === undefined ? [] : [FEEDCHAIN_HEADER, header];
    const received = readFeedChain(rawHeaders, { fleet: chain, nowMs: now, targetFeedId: entry.id });
    const plan = planHierarchy(view, { entry, now, ids: id === null ? null : [id], chain: received, fleet: chain });
    const versions = plan.contexts.flatMap((context) => {
      if (context.unavailable !== null) return [];
      if (context.kind === 'local') return versionsOf(entry.name, id);
      this.#requests.set(fleetName(feedName), this.requestsOf(fleetName(feedName)) + 1);
      if (this.requests > this.#maxRequests) throw new Error('the query does not end');
      const step = { fleet: chain, feedId: entry.id, deadlineMs: now + 10_000, breadth: plan.foreignBreadth };
      const rows =
        context.kind === 'feed' ? this.#leaf(context.feed, id) : this.#foreign(context, id, { received, step });
      return rows.filter((row) => context.admits(row));
    });
    return unique(versions);
  }

  #leaf(feed: Feed, id: string | null): readonly Version[] {
    return versionsOf(feed.name, id);
  }

  #foreign(
    context: PlannedContext & { readonly kind: 'foreign' },
    id: string | null,
    { received, step }: { readonly received: ReceivedChain; readonly step: Parameters<typeof writeFeedChain>[1] },
  ): readonly Version[] {
    const written = writeFeedChain(received, step);
    if (written.outcome === 'tooLong') return [];
    const { target } = context.edge;
    return this.ask(
      feedOfUrl(target.kind === 'foreign' ? target.url : ''),
      id,
      this.#strips ? undefined : written.text,
    );
  }
}

function versionsOf(origin: string, id: string | null): readonly Version[] {
  return ids
    .filter((each) => id === null || each === id)
    .flatMap((each) => [true, false].map((isPrerelease) => ({ id: each, isPrerelease, origin })));
}

const keyOf = ({ id, isPrerelease, origin }: Version): string => `${origin} ${id} ${isPrerelease}`;

function unique(versions: readonly Version[]): readonly Version[] {
  return [...new Map(versions.map((version) => [keyOf(version), version])).values()];
}

/** Version by version, by growing a set until nothing is added: as if all feeds were of one fleet. */
function oracle(feeds: readonly string[], edges: readonly EdgeSketch[], entry: string): string[] {
  return feeds
    .flatMap((feed) => versionsOf(feed, null))
    .filter((version) => {
      const reached = new Set([entry]);
      for (let before = 0; before < reached.size;) {
        before = reached.size;
        for (const { from, to, include = ['*'], exclude = [], prerelease = true } of edges) {
          const lets = include.some((glob) => glob === '*' || glob === version.id) && !exclude.includes(version.id);
          if (reached.has(from) && lets && (prerelease || !version.isPrerelease)) reached.add(to);
        }
      }
      return reached.has(version.origin);
    })
    .map(keyOf)
    .sort();
}

const found = (versions: readonly Version[]): string[] => versions.map(keyOf).sort();

function foundByIds(world: World, entry: string): string[] {
  return found(ids.flatMap((id) => world.ask(entry, id)));
}

const feeds = ['1a', '1b', '1c', '1d', '2a', '2b', '2c', '3a'];
const anyEdge: fc.Arbitrary<EdgeSketch> = fc.record({
  from: fc.constantFrom(...feeds),
  to: fc.constantFrom(...feeds),
  include: fc.constantFrom(['*'], ['*'], ['*'], ['core.json'], ['tool']),
  exclude: fc.constantFrom([], [], [], ['tool']),
  prerelease: fc.constantFrom(true, true, true, false),
});

describe('fleets that refer to each other', () => {
  it('find the same packages as if they were one, in any graph, by id and over all, from any entry', () => {
    fc.assert(
      fc.property(fc.array(anyEdge, { maxLength: 16 }), fc.constantFrom(...feeds), (edges, entry) => {
        const expected = oracle(feeds, edges, entry);
        expect(foundByIds(new World(feeds, edges), entry)).toEqual(expected);
        expect(found(new World(feeds, edges).ask(entry, null))).toEqual(expected);
      }),
      { numRuns: 600 },
    );
  });

  it('ask each other once on a loop of two', () => {
    const edges = [
      { from: '1a', to: '2a' },
      { from: '2a', to: '1a' },
    ];
    for (const entry of ['1a', '2a']) {
      const world = new World(feeds, edges);
      expect(found(world.ask(entry, null))).toEqual(oracle(feeds, edges, entry));
      // There, and back to where the loop is cut.
      expect(world.requests).toBe(2);
    }
  });

  it('ask at most once for each pair of feeds when all refer to all', () => {
    const many = Array.from({ length: 12 }, (_, index) => [`1k${index}`, `2k${index}`]).flat();
    const edges = many.flatMap((from) => many.filter((to) => to !== from).map((to) => ({ from, to })));
    const world = new World(many, edges);
    expect(found(world.ask('1k0', 'tool'))).toEqual(found(many.flatMap((feed) => versionsOf(feed, 'tool'))));
    // 11 feeds and 12 foreign ones; each foreign one asks its 11 and our 12, and those ask nobody any more.
    expect(world.requests).toBe(11 + 12 + 12 * (11 + 12));
  });

  it('end within the breadth that is left where the outside multiplies the query', () => {
    // Each stop outside leads to all our feeds, and each of our feeds to one stop of its own: 6! ways.
    const ours = Array.from({ length: 6 }, (_, index) => `1k${index}`);
    const stops = ours.map((_, index) => `${index + 2}x`);
    const edges = ours.flatMap((from, index) => [
      { from, to: stops[index] ?? '' },
      ...ours.map((to) => ({ from: stops[index] ?? '', to })),
    ]);
    const world = new World([...ours, ...stops], edges);
    const all = [...ours, ...stops].flatMap((feed) => versionsOf(feed, 'tool'));
    expect(found(world.ask('1k0', 'tool'))).toEqual(found(all));
    expect(world.requestsOf('1')).toBeLessThan(QUERY_BREADTH);

    const late = new World([...ours, ...stops], edges);
    const step = { fleet: fleetOf('1'), feedId: 'feed-1before', deadlineMs: now + 10_000, breadth: 64 };
    const written = writeFeedChain({ outcome: 'none' }, step);
    late.ask('1k0', 'tool', written.outcome === 'written' ? written.text : '');
    expect(late.requestsOf('1')).toBeLessThanOrEqual(64);
    expect(late.requestsOf('1')).toBeGreaterThan(1);
  });

  it('do not end by themselves where the outside takes the header away, which is why sources are probed', () => {
    const edges = [
      { from: '1a', to: '2a' },
      { from: '2a', to: '1a' },
    ];
    const world = new World(feeds, edges, { strips: true, maxRequests: 100 });
    expect(() => world.ask('1a', null)).toThrow(/does not end/);
  });
});
