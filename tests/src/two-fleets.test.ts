/** Two fleets whose feeds take packages from each other: everything from either end, after few requests, and no name crosses. */
import { eventually, startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { downloadPath, READ_FAMILIES } from './support/feed-client.ts';
import type { ReadFamily } from './support/feed-client.ts';
import { buildPackage } from './support/package-builder.ts';
import { RecordingRelay } from './support/recording-relay.ts';
import { SHARED, SourceGraph, VERSION_LISTS, versionsIn } from './support/source-graph.ts';

const PROTOCOLS = ['v3', 'v2'] as const;
type Protocol = (typeof PROTOCOLS)[number];

const TEST_MS = 60_000;
/** The name, or a part of it, of everything private. */
const SECRET = 'vault';

/** Feeds of its own fleet that `a-...` takes from. */
const FEEDS_BEHIND: Readonly<Record<Protocol, number>> = { v3: 1, v2: 0 };

/** A fleet as the other one knows it: through the relay. */
interface Side {
  readonly fleet: Fleet;
  readonly graph: SourceGraph;
  readonly relay: RecordingRelay;
}

let here: Side;
let there: Side;

async function openSide(): Promise<Side> {
  const fleet = await startFleet();
  return { fleet, graph: new SourceGraph(fleet), relay: await RecordingRelay.open(fleet.url) };
}

/** `feed` takes from `from` of the other fleet, which somebody has found to lead to no loop that loses the chain. */
async function reference(side: Side, feed: string, { at, from, by }: { at: Side; from: string; by: Protocol }) {
  const url = `${at.relay.url}/F/${from}${by === 'v3' ? '/api/v3/index.json' : '/api/v2'}`;
  const { sources } = side.fleet.registry;
  const { source } = await sources.create(feed, {
    ...{ name: `to-${from}`, target: { kind: 'foreign', url, protocol: by } },
    ...{ allowPrivateAddresses: true, freshMs: 0 },
  });
  await sources.report({ reports: [{ source: source.id, url, fingerprint: null, state: 'clear' }] });
}

async function feedWith(side: Side, name: string, version: string): Promise<void> {
  await side.graph.addFeed(name);
  await side.graph.push(name, SHARED, version);
  await side.graph.push(name, `Own.${name}`, '1.0.0');
}

async function takeAll(side: Side, feeds: readonly string[]): Promise<void> {
  for (const feed of feeds) await side.fleet.registry.feeds.update(feed, { sharedIds: ['*'] });
}

async function addVault(): Promise<void> {
  const { registry } = here.fleet;
  await here.graph.addFeed(SECRET, { visibility: 'private' });
  await here.graph.push(SECRET, `Own.${SECRET}`, '1.0.0');
  const { id } = await registry.feeds.get(SECRET);
  const { secret } = await registry.keys.create({ name: `${SECRET} reader`, feeds: [id], scopes: ['read'] });
  await here.graph.addSource('a-v3', SECRET, { credential: { kind: 'apiKey', secret } });
}

const versionsOf = async (side: Side, feed: string, family: ReadFamily): Promise<readonly string[]> => {
  const answer = await side.graph.client(feed).send(VERSION_LISTS[family](SHARED));
  expect([feed, family, answer.status, answer.headers['x-feedfleet-partial']]).toEqual([feed, family, 200, undefined]);
  return versionsIn(answer);
};

async function untilKnown(side: Side, feed: string, count: number): Promise<void> {
  for (const family of READ_FAMILIES) {
    await eventually({ what: `${family} of ${feed} knows its sources`, limitMs: 15_000 }, async () =>
      (await versionsOf(side, feed, family)).length === count ? true : undefined,
    );
  }
}

beforeAll(async () => {
  [here, there] = await Promise.all([openSide(), openSide()]);
  for (const by of PROTOCOLS) {
    await feedWith(here, `a-${by}`, '1.0.0');
    await feedWith(there, `x-${by}`, '2.0.0');
    await reference(here, `a-${by}`, { at: there, from: `x-${by}`, by });
    await reference(there, `x-${by}`, { at: here, from: `a-${by}`, by });
    await takeAll(here, [`a-${by}`]);
    await takeAll(there, [`x-${by}`]);
  }
  await addVault();
  for (const by of PROTOCOLS) {
    await untilKnown(here, `a-${by}`, 2);
    await untilKnown(there, `x-${by}`, 2);
  }
}, 2 * TEST_MS);

afterAll(async () => {
  for (const { relay, fleet } of [here, there]) {
    await relay.close();
    await fleet.stop();
  }
}, TEST_MS);

/** What crosses between the fleets while something is done. */
async function crossings<T>(act: () => Promise<T>): Promise<{ readonly value: T; readonly counts: readonly number[] }> {
  const before = [here, there].map(({ relay }) => relay.relayed.length);
  const value = await act();
  const counts = [here, there].map(({ relay }, place) => relay.relayed.length - (before[place] ?? 0));
  return { value, counts };
}

describe.each(PROTOCOLS)('feeds of two fleets that reference each other by %s', (by) => {
  it('give all versions of both by every family from either end, each fleet asking the other once', async () => {
    for (const family of READ_FAMILIES) {
      for (const [side, feed] of [
        [here, `a-${by}`],
        [there, `x-${by}`],
      ] as const) {
        const { value, counts } = await crossings(() => versionsOf(side, feed, family));
        expect([feed, family, value, counts]).toEqual([feed, family, ['1.0.0', '2.0.0'], [1, 1]]);
      }
    }
  });

  it('count at their balancers what crosses, and the query of the client', async () => {
    const totals = async (): Promise<readonly number[]> => {
      const sides = [here, there].map(({ graph }) => Promise.all(READ_FAMILIES.map((each) => graph.requests(each))));
      return (await Promise.all(sides)).map((each) => each.reduce((sum, count) => sum + count, 0));
    };
    let last = '';
    const before = await eventually({ what: 'earlier requests are counted', limitMs: 5_000 }, async () => {
      const [now, previous] = [await totals(), last];
      last = now.join();
      return last === previous ? now : undefined;
    });
    await versionsOf(here, `a-${by}`, 'v3');
    const expected = [(before[0] ?? 0) + 2 + FEEDS_BEHIND[by], (before[1] ?? 0) + 1];
    const counted = await eventually({ what: 'every request is counted', limitMs: 5_000 }, async () => {
      const now = await totals();
      return now.every((count, place) => count >= (expected[place] ?? 0)) ? now : undefined;
    });
    expect(counted).toEqual(expected);
  });

  it('give the files that only the other has', async () => {
    for (const family of READ_FAMILIES) {
      const foreign = { id: `Own.x-${by}`, version: '1.0.0' };
      const { status, body } = await here.graph.client(`a-${by}`).send(downloadPath(family, foreign));
      expect([family, status, body.equals(buildPackage(foreign))]).toEqual([family, 200, true]);
    }
  });

  it('find what only the other has', async () => {
    const { status, text } = await here.graph.client(`a-${by}`).send(`/api/v3/query?q=Own.x-${by}`);
    expect([status, text.includes(`"Own.x-${by}"`)]).toEqual([200, true]);
  });

  it('say of what neither has that it is not there', async () => {
    const { status } = await here.graph.client(`a-${by}`).send('/api/v3/flat/nobody.has.it/index.json');
    expect(status).toBe(404);
  });

  it('show at once what is pushed to the other', async () => {
    await there.graph.push(`x-${by}`, SHARED, '7.0.0');
    for (const family of READ_FAMILIES) {
      expect(await versionsOf(here, `a-${by}`, family)).toEqual(['1.0.0', '2.0.0', '7.0.0']);
    }
  });
});

describe('two feeds that reference the same feed of another fleet', () => {
  it(
    'get each what is theirs, though one of them is asked back on behalf of the other',
    async () => {
      await feedWith(here, 'inner', '3.0.0');
      await feedWith(here, 'first', '1.0.0');
      await feedWith(here, 'second', '2.0.0');
      await feedWith(there, 'common', '4.0.0');
      await here.graph.addSource('first', 'inner');
      await takeAll(here, ['first', 'second']);
      await takeAll(there, ['common']);
      for (const name of ['first', 'second']) await reference(here, name, { at: there, from: 'common', by: 'v3' });
      await reference(there, 'common', { at: here, from: 'first', by: 'v3' });
      await untilKnown(there, 'common', 3);
      await untilKnown(here, 'first', 3);
      await untilKnown(here, 'second', 4);
      for (const family of READ_FAMILIES) {
        expect(await versionsOf(here, 'first', family)).toEqual(['1.0.0', '3.0.0', '4.0.0']);
        expect(await versionsOf(here, 'second', family)).toEqual(['1.0.0', '2.0.0', '3.0.0', '4.0.0']);
      }
    },
    TEST_MS,
  );
});

describe('what crosses between fleets', () => {
  it('names the feeds of a chain by keyed hashes, and nothing that is private at all', async () => {
    const { status } = await here.graph.client('a-v3').send(`/package/Own.${SECRET}/1.0.0`);
    expect(status).toBe(200);
    const crossed = [...here.relay.relayed, ...there.relay.relayed].filter(({ chain }) => chain !== '');
    expect(crossed.length).toBeGreaterThan(20);
    for (const { chain, rawHeaders } of crossed) {
      for (const element of chain.split(',')) {
        expect(element.trim()).toMatch(/^ff-[\w-]{22}(;(hops|breadth|deadline)=\d+)*;mac=[\w-]{22}$/);
      }
      expect(rawHeaders.join('\n').toLowerCase()).not.toMatch(new RegExp(`${SECRET}|a-v[23]|x-v[23]`));
    }
  });

  it('holds an element for every feed that a query has come through', () => {
    const lengths = there.relay.relayed.map(({ chain }) => chain.split(',').length);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(3);
    expect(here.relay.relayed.some(({ chain }) => chain.split(',').length === 2)).toBe(true);
  });
});
