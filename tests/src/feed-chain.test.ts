/**
 * Feeds that reference each other, on every family, with real processes: each reachable feed is asked once, and every entry gives
 * everything.
 */
import { startFleet } from '@feedfleet/throwaway-fleet';
import type { Fleet } from '@feedfleet/throwaway-fleet';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { READ_FAMILIES } from './support/feed-client.ts';
import type { ReadFamily } from './support/feed-client.ts';
import { SHARED, SourceGraph, VERSION_LISTS, versionsIn } from './support/source-graph.ts';

const START_MS = 90_000;
const TEST_MS = 60_000;

let fleet: Fleet;
let graph: SourceGraph;

beforeAll(async () => {
  fleet = await startFleet();
  graph = new SourceGraph(fleet);
}, START_MS);

afterAll(() => fleet.stop(), START_MS);

const versionsOf = (count: number): readonly string[] =>
  Array.from({ length: count }, (_each, place) => `${place}.0.0`);

/** From this entry, on every family: all versions, and so many feeds asked. */
async function expectAll(
  entry: string,
  { feeds, asked }: { readonly feeds: number; readonly asked: number },
): Promise<void> {
  for (const family of READ_FAMILIES) {
    const found = await graph.counted(graph.client(entry), family, VERSION_LISTS[family](SHARED));
    expect([family, found.answer.status, versionsIn(found.answer)]).toEqual([family, 200, versionsOf(feeds)]);
    expect([family, found.asked]).toEqual([family, asked]);
  }
}

/** What a client finds by words, by family: ids of everything that matches. */
async function found(
  entry: string,
  family: ReadFamily,
  words: string,
): Promise<{ readonly ids: readonly string[]; readonly asked: number }> {
  const path =
    family === 'v3'
      ? `/api/v3/query?q=${words}&take=100`
      : `${family === 'v2' ? '/api/v2' : ''}/Search()?searchTerm='${words}'&$filter=IsLatestVersion`;
  const { answer, asked } = await graph.counted(graph.client(entry), family, path);
  const ids =
    family === 'v3'
      ? (JSON.parse(answer.text) as { readonly data: readonly { readonly id: string }[] }).data.map(({ id }) => id)
      : [...answer.text.matchAll(/<d:Id>([^<]*)</g)].map(([, id = '']) => id);
  return { ids: ids.toSorted(), asked };
}

describe('a feed that references a feed that references it', () => {
  it(
    'serves all packages of both from either entry, and asks the other once',
    async () => {
      const [a = '', b = ''] = await graph.addFeeds('pair', 2);
      await graph.addSource(a, b);
      await graph.addSource(b, a);
      await expectAll(a, { feeds: 2, asked: 1 });
      await expectAll(b, { feeds: 2, asked: 1 });
      for (const family of READ_FAMILIES) {
        expect(await found(a, family, 'pair0')).toEqual({ ids: ['Own.pair0'], asked: 1 });
        expect(await found(a, family, 'pair1')).toEqual({ ids: ['Own.pair1'], asked: 1 });
      }
    },
    TEST_MS,
  );

  it(
    'shows at once what is pushed to the other',
    async () => {
      await graph.push('pair1', SHARED, '7.0.0');
      for (const family of READ_FAMILIES) {
        const { text } = await graph.client('pair0').send(VERSION_LISTS[family](SHARED));
        expect([family, versionsIn({ text })]).toEqual([family, ['0.0.0', '1.0.0', '7.0.0']]);
      }
    },
    TEST_MS,
  );

  it(
    'gives the file of a package that only the other has, and counts its download there',
    async () => {
      for (const path of [
        '/package/Own.pair1/1.0.0',
        '/api/v2/package/Own.pair1/1.0.0',
        '/api/v3/flat/own.pair1/1.0.0/own.pair1.1.0.0.nupkg',
      ]) {
        const [mine, its] = [await graph.client('pair0').send(path), await graph.client('pair1').send(path)];
        expect([path, mine.status, mine.body.equals(its.body)]).toEqual([path, 200, true]);
        expect(mine.headers['content-length']).toBe(String(its.body.length));
      }
    },
    TEST_MS,
  );
});

describe('hierarchies', () => {
  it(
    'are asked once each in a triangle',
    async () => {
      const names = await graph.addFeeds('tri', 3);
      for (const [place, name] of names.entries()) await graph.addSource(name, names[(place + 1) % 3] ?? '');
      for (const name of names) await expectAll(name, { feeds: 3, asked: 2 });
    },
    TEST_MS,
  );

  it(
    'are asked once each where ten feeds all reference each other',
    async () => {
      const names = await graph.addFeeds('clique', 10);
      for (const name of names) for (const other of names) if (name !== other) await graph.addSource(name, other);
      for (const name of [names[0] ?? '', names[9] ?? '']) await expectAll(name, { feeds: 10, asked: 9 });
    },
    2 * TEST_MS,
  );

  it(
    'are asked not at all where a feed references itself, under three names',
    async () => {
      await graph.addFeed('self', { aliases: ['Self.Two', 'self-three'] });
      await graph.push('self', SHARED, '0.0.0');
      for (const name of ['self', 'self.two', 'SELF-THREE'])
        await graph.addSource('self', name, { name: `to-${name}` });
      for (const name of ['self', 'Self.Two', 'self-three']) await expectAll(name, { feeds: 1, asked: 0 });
    },
    TEST_MS,
  );

  it(
    'are asked once each in a diamond of eight layers',
    async () => {
      const names = await graph.addFeeds('layer', 17);
      const layers = Array.from({ length: 8 }, (_each, layer) => names.slice(1 + 2 * layer, 3 + 2 * layer));
      for (const name of layers[0] ?? []) await graph.addSource('layer0', name);
      for (const [place, layer] of layers.entries()) {
        for (const name of layer) for (const below of layers[place + 1] ?? []) await graph.addSource(name, below);
      }
      await expectAll('layer0', { feeds: 17, asked: 16 });
    },
    2 * TEST_MS,
  );
});
