import { text } from 'node:stream/consumers';

import { describe, expect, it } from '@jest/globals';
import { FleetChain, readFeedChain, writeFeedChain } from '@feedfleet/feedchain';

import type { MergedVersion } from './feed-hierarchy.ts';
import { HierarchyFixture } from './hierarchy-fixture.ts';
import type { Edge, FixtureSketch } from './hierarchy-fixture.ts';
import type { QueryHierarchy } from './query-hierarchy.ts';
import { compareRows } from './sample-source.ts';

const GALLERY = 'https://gallery.example/v3/index.json';

const named = (versions: readonly MergedVersion[] | undefined): unknown =>
  versions?.map(({ version, metadata }) => `${metadata.description} ${version}`);

async function versionsOf(hierarchy: QueryHierarchy, id: string): Promise<unknown> {
  return named((await hierarchy.versions([id])).get(id.toLowerCase()));
}

const everything = { text: '', includePrerelease: true, includeSemVer2: true, packageType: null, skip: 0, take: 20 };

/** `a` takes from `b` and `c`, and all of them from one another. */
const triangle: FixtureSketch = {
  packages: { a: ['Core 1.0.0'], b: ['core 1.0', 'Core 2.0.0'], c: ['Core 3.0.0', 'Other 1.0.0'] },
  edges: ['ab', 'ac', 'ba', 'bc', 'ca', 'cb'].map(([from = '', to = '']): Edge => ({ from, to })),
};

describe('a query by id', () => {
  it('asks each feed of a loop once, and gives the union', async () => {
    const fixture = new HierarchyFixture(triangle);
    for (const entry of ['a', 'b', 'c']) {
      const hierarchy = fixture.open(entry);
      const versions = await hierarchy.versions(['Core']);
      expect(versions.get('core')?.map(({ normalizedVersion }) => normalizedVersion)).toEqual([
        '1.0.0',
        '2.0.0',
        '3.0.0',
      ]);
    }
    expect(['a', 'b', 'c'].map((name) => fixture.at(name).asked.length)).toEqual([3, 3, 3]);
  });

  it('lets the own packages win', async () => {
    expect(await versionsOf(new HierarchyFixture(triangle).open(), 'core')).toEqual(['a 1.0.0', 'b 2.0.0', 'c 3.0.0']);
  });

  it('asks nobody twice, however often it is put', async () => {
    const fixture = new HierarchyFixture(triangle);
    const hierarchy = fixture.open();
    await Promise.all([hierarchy.versions(['Core']), hierarchy.versions(['core', 'CORE'])]);
    await hierarchy.versions(['core', 'other']);
    expect(fixture.at('b').asked).toEqual(['versions core', 'versions other']);
  });

  it('tells each feed that it is a leaf, and until when', async () => {
    const fixture = new HierarchyFixture(triangle);
    await fixture.open().versions(['core']);
    const [ask] = fixture.at('b').asks;
    expect(ask?.chain).toMatch(/^ff-[\w-]+;hops=1;breadth=0;deadline=\d+;leaf=ff-[\w-]+;mac=[\w-]+$/);
    expect(ask?.remainingMs()).toBeLessThan(10_000);
    expect(fixture.at('a').asks[0]?.chain).toBe('');
  });

  it('is told to come back to the fleet by what the fleet wrote itself, not by what anybody made up', async () => {
    const fleet = new FleetChain(Buffer.alloc(32, 'k'));
    const step = { fleet, feedId: 'id-b', deadlineMs: Date.now() + 60_000, breadth: 9 };
    const own = writeFeedChain({ outcome: 'none' }, step);
    const ways = [];
    for (const chain of ['made-up, and-more', own.outcome === 'written' ? own.text : '']) {
      const fixture = new HierarchyFixture({ packages: { a: [], [GALLERY]: [] }, edges: [{ from: 'a', to: GALLERY }] });
      const check = { fleet, nowMs: Date.now(), targetFeedId: 'id-a' };
      await fixture.open('a', readFeedChain(['X-NuGet-Feedchain', chain], check)).versions(['core']);
      const [{ isNested, isRelayed, depth } = {}] = fixture.at(GALLERY).asks;
      ways.push({ isNested, isRelayed, depth });
    }
    expect(ways).toEqual([
      { isNested: undefined, isRelayed: true, depth: 1 },
      { isNested: true, isRelayed: true, depth: 2 },
    ]);
  });

  it('is refused, naming the own source, when what is behind it does not answer', async () => {
    const fixture = new HierarchyFixture({
      packages: { a: ['Core 1.0.0'], b: [], secret: ['Core 2.0.0'] },
      edges: [
        { from: 'a', to: 'b', name: 'team' },
        { from: 'b', to: 'secret', name: 'inner' },
      ],
    });
    fixture.at('secret').sickness = 'unavailable';
    const hierarchy = fixture.open();
    const refusal = await hierarchy.versions(['core']).then(String, (error: unknown) => error);
    expect(refusal).toMatchObject({ code: 'FF_SOURCE_UNAVAILABLE', status: 503, retryAfterSeconds: 7 });
    expect(String(refusal)).toContain('"team"');
    expect(`${String(refusal)}${JSON.stringify(refusal)}`).not.toMatch(/inner|secret|it is sick/);
  });

  it('leaves an optional source out, and says so', async () => {
    const fixture = new HierarchyFixture({
      packages: { a: ['Core 1.0.0'], b: ['Core 2.0.0'] },
      edges: [{ from: 'a', to: 'b', rest: { required: false } }],
    });
    fixture.at('b').sickness = 'unavailable';
    const hierarchy = fixture.open();
    expect(await versionsOf(hierarchy, 'core')).toEqual(['a 1.0.0']);
    expect(hierarchy.report).toMatchObject({
      isComplete: false,
      contexts: [
        { kind: 'local', outcome: 'answered' },
        { source: 'b', outcome: 'unavailable', code: 'FF_SOURCE_BROKEN' },
      ],
    });
  });

  it.each([true, false])(
    'with a part of what a source has is refused if the source is needed: %s',
    async (required) => {
      const fixture = new HierarchyFixture({
        packages: { a: ['Core 1.0.0'], b: ['Core 2.0.0'] },
        edges: [{ from: 'a', to: 'b', rest: { required } }],
      });
      fixture.at('b').sickness = 'partial';
      const told = await versionsOf(fixture.open(), 'core').catch(String);
      expect(told).toEqual(required ? expect.stringContaining('its answer is not complete') : ['a 1.0.0', 'b 2.0.0']);
    },
  );

  it('takes a complete copy for the source, and says how old it is', async () => {
    const fixture = new HierarchyFixture({
      packages: { a: [], [GALLERY]: ['Core 2.0.0'] },
      edges: [{ from: 'a', to: GALLERY }],
    });
    fixture.at(GALLERY).sickness = 'stale';
    const hierarchy = fixture.open();
    expect(await versionsOf(hierarchy, 'core')).toEqual([`${GALLERY} 2.0.0`]);
    expect(hierarchy.report).toMatchObject({ isComplete: true, contexts: [{}, { outcome: 'stale', ageMs: 90_000 }] });
  });

  it('does not see a feed that does not let itself be read, required or not', async () => {
    const fixture = new HierarchyFixture({
      packages: { a: ['Core 1.0.0'], b: ['Core 2.0.0'] },
      edges: [{ from: 'a', to: 'b' }],
    });
    fixture.at('b').sickness = 'denied';
    const hierarchy = fixture.open();
    expect(await versionsOf(hierarchy, 'core')).toEqual(['a 1.0.0']);
    expect(hierarchy.report.isComplete).toBe(true);
  });

  it('does not wait longer for a source than the source may take', async () => {
    const fixture = new HierarchyFixture({
      packages: { a: ['Core 1.0.0'], b: [] },
      edges: [{ from: 'a', to: 'b', rest: { timeoutMs: 100, required: false } }],
    });
    fixture.at('b').sickness = 'silent';
    const hierarchy = fixture.open();
    expect(await versionsOf(hierarchy, 'core')).toEqual(['a 1.0.0']);
    expect(hierarchy.report.contexts[1]).toMatchObject({ outcome: 'unavailable', code: 'FF_DEADLINE_EXCEEDED' });
  });

  it('answers before the deadline of the client', async () => {
    const fixture = new HierarchyFixture({
      packages: { a: [], b: [] },
      edges: [{ from: 'a', to: 'b' }],
      remainingMs: 200,
    });
    fixture.at('b').sickness = 'silent';
    await expect(fixture.open().versions(['core'])).rejects.toMatchObject({ code: 'FF_SOURCE_UNAVAILABLE' });
    expect(fixture.at('b').asks[0]?.remainingMs()).toBeLessThanOrEqual(180);
  });

  it('ends everything when the client leaves', async () => {
    const fixture = new HierarchyFixture({ packages: { a: [], b: [] }, edges: [{ from: 'a', to: 'b' }] });
    fixture.at('b').sickness = 'silent';
    const answer = fixture.open().versions(['core']);
    fixture.leaving.abort(new Error('gone'));
    await expect(answer).rejects.toThrow('gone');
    expect(fixture.at('b').asks[0]?.signal.aborted).toBe(true);
  });
});

describe('a search', () => {
  it('gives hits of all sources, each id once with the versions of all', async () => {
    const hierarchy = new HierarchyFixture(triangle).open();
    const { hits, total, isExact } = await hierarchy.search(everything);
    expect(hits.map(({ id, versions }) => [id, versions.length])).toEqual([
      ['Core', 3],
      ['Other', 1],
    ]);
    expect([total, isExact, hierarchy.report.isCountExact]).toEqual([2, true, true]);
  });

  it('goes on without a source that cannot search, or does not answer, and says so', async () => {
    for (const sickness of ['unsupported', 'unavailable'] as const) {
      const fixture = new HierarchyFixture(triangle);
      fixture.at('c').sickness = sickness;
      const hierarchy = fixture.open();
      const { hits, isExact } = await hierarchy.search(everything);
      expect(hits.map(({ id }) => id)).toEqual(['Core']);
      expect([isExact, hierarchy.report.isComplete, hierarchy.report.isCountExact]).toEqual([false, false, false]);
    }
  });

  it('completes ids, and pages through rows', async () => {
    const hierarchy = new HierarchyFixture(triangle).open();
    expect(await hierarchy.complete({ ...everything, skip: 1 })).toEqual({ total: 2, isExact: true, ids: ['Other'] });
    const query = { resource: 'Packages', options: {}, after: null, take: 2, withCount: true } as const;
    const page = await hierarchy.page(query, { compare: compareRows, distinct: 'version' });
    expect([named(page.rows), page.hasMore]).toEqual([['a 1.0.0', 'b 2.0.0'], true]);
  });
});

describe('a deep page', () => {
  it('is refused where many sources would have to hold all rows before it', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `f${index}`);
    const fixture = new HierarchyFixture({
      packages: Object.fromEntries(['a', ...names].map((name) => [name, [`${name}.Core 1.0.0`]])),
      edges: names.map((to) => ({ from: 'a', to })),
    });
    expect((await fixture.open().search({ ...everything, skip: 100, take: 100 })).total).toBe(301);
    const deep = fixture.open().search({ ...everything, skip: 3_000, take: 20 });
    await expect(deep).rejects.toMatchObject({ code: 'FF_INVALID_QUERY' });
    expect(fixture.at('f0').asked).toHaveLength(1);
  });
});

describe('a download', () => {
  const content = async (hierarchy: QueryHierarchy, version = '2.0.0'): Promise<string | undefined> => {
    const found = await hierarchy.content('Core', version);
    return found === undefined ? undefined : text(found.content.open(new AbortController().signal));
  };
  const sketch: FixtureSketch = {
    packages: { a: ['Core 1.0.0'], b: ['Core 2.0.0'], c: ['Core 2.0.0', 'Core 3.0.0'] },
    edges: [
      { from: 'a', to: 'b' },
      { from: 'a', to: 'c' },
    ],
  };

  it('of an own package asks nobody', async () => {
    const fixture = new HierarchyFixture(sketch);
    expect(await content(fixture.open(), '1.0.0')).toBe('a: Core 1.0.0');
    expect(fixture.at('b').asked).toEqual([]);
  });

  it('comes from the source whose version counts, which alone is asked for it', async () => {
    const fixture = new HierarchyFixture(sketch);
    expect(await content(fixture.open())).toBe('b: Core 2.0.0');
    expect([fixture.at('b').asked, fixture.at('c').asked]).toEqual([
      ['versions core', 'content Core 2.0.0'],
      ['versions core'],
    ]);
  });

  it('is absent only when every source has said so', async () => {
    const fixture = new HierarchyFixture(sketch);
    expect(await content(fixture.open(), '9.0.0')).toBeUndefined();
    fixture.at('c').sickness = 'unavailable';
    await expect(content(fixture.open(), '9.0.0')).rejects.toMatchObject({ code: 'FF_SOURCE_UNAVAILABLE' });
  });

  it('is not that of another source when the one whose version counts does not give it', async () => {
    const fixture = new HierarchyFixture(sketch);
    fixture.at('b').files = 'unavailable';
    await expect(content(fixture.open())).rejects.toMatchObject({ code: 'FF_SOURCE_UNAVAILABLE' });
    const other = new HierarchyFixture(sketch);
    other.at('b').files = 'absent';
    expect(await content(other.open())).toBe('c: Core 2.0.0');
  });

  it('does not need the sources behind the one whose version counts, but those before it', async () => {
    const fixture = new HierarchyFixture(sketch);
    fixture.at('c').sickness = 'unavailable';
    expect(await content(fixture.open())).toBe('b: Core 2.0.0');
    [fixture.at('b').sickness, fixture.at('c').sickness] = ['unavailable', 'none'];
    await expect(content(fixture.open())).rejects.toMatchObject({ code: 'FF_SOURCE_UNAVAILABLE' });
  });
});

describe('what is told of a query', () => {
  it('has one tag for one state of all sources, whatever was asked in which order', async () => {
    const fixture = new HierarchyFixture(triangle);
    const tagOf = async (): Promise<string> => {
      const hierarchy = fixture.open();
      await hierarchy.versions(['core']);
      return hierarchy.report.tag;
    };
    const [first, hierarchy] = [await tagOf(), fixture.open()];
    expect(await hierarchy.askAgain([{ kind: 'versions', ids: ['core'] }])).toBe(first);
    fixture.at('c').rows = [];
    expect(await tagOf()).not.toBe(first);
  });

  it('explains each version to those who may know the way', async () => {
    const fixture = new HierarchyFixture({
      packages: { a: ['Core 1.0.0'], b: [], secret: ['Core 1.0.0', 'Core 2.0.0'] },
      edges: [
        { from: 'a', to: 'b', name: 'team' },
        { from: 'b', to: 'secret', name: 'inner' },
        { from: 'secret', to: 'a', name: 'back' },
      ],
    });
    const manager = { isManager: true, mayRead: () => true };
    const explanation = await fixture.open().explain('Core', manager);
    expect(explanation.versions).toMatchObject([
      { version: '1.0.0', source: '', kind: 'local', path: [], alsoIn: ['team'] },
      { version: '2.0.0', source: 'team', kind: 'feed', path: ['team', 'inner'], alsoIn: [] },
    ]);
    expect(explanation.cut).toEqual([{ source: 'back', reason: 'loop' }]);
    const told = JSON.stringify(await fixture.open().explain('Core', { isManager: false, mayRead: () => true }));
    expect(told).not.toMatch(/inner|secret|back/);
    expect(JSON.parse(told)).toMatchObject({
      versions: [{}, { source: 'team', path: ['team'] }],
      sources: [{ source: '' }, { source: 'team', kind: 'feed', versions: 2, requests: 1 }],
    });
    expect((JSON.parse(told) as { sources: unknown[] }).sources).toHaveLength(2);
  });
});
