import { describe, expect, it } from '@jest/globals';

import type { MergedVersion } from './feed-hierarchy.ts';
import { HierarchyFixture } from './hierarchy-fixture.ts';
import type { FixtureSketch } from './hierarchy-fixture.ts';
import type { QueryHierarchy } from './query-hierarchy.ts';
import type { SourcePins } from './source-pins.ts';

const GALLERY = 'https://gallery.example/v3/index.json';
const OTHER = 'https://other.example/v3/index.json';

const named = (versions: readonly MergedVersion[] | undefined): unknown =>
  versions?.map(({ version, metadata }) => `${metadata.description} ${version}`);

async function versionsOf(hierarchy: QueryHierarchy, id: string): Promise<unknown> {
  return named((await hierarchy.versions([id])).get(id.toLowerCase()));
}

function pinsInMemory(): { readonly pins: SourcePins; readonly pinned: Map<string, string> } {
  const pinned = new Map<string, string>();
  const pins: SourcePins = {
    pinsOf: (_feedId, wanted) => Promise.resolve(new Map([...pinned].filter(([id]) => wanted.includes(id)))),
    pin: (_feedId, id, sourceId) => {
      const known = pinned.get(id) ?? sourceId;
      pinned.set(id, known);
      return Promise.resolve(known === sourceId ? 'pinned' : { conflict: known });
    },
  };
  return { pins, pinned };
}

const everything = { text: '', includePrerelease: true, includeSemVer2: true, packageType: null, skip: 0, take: 20 };

describe('dependency confusion', () => {
  const sketch: FixtureSketch = {
    packages: {
      a: ['Mine 1.0.0'],
      b: ['Team 1.0.0'],
      [GALLERY]: ['Mine 9.0.0', 'Team 9.0.0', 'Public 1.0.0', 'Acme.X 1.0.0'],
    },
    edges: [
      { from: 'a', to: 'b' },
      { from: 'a', to: GALLERY, name: 'gallery' },
    ],
  };
  const ids = async (fixture: HierarchyFixture) => {
    const hierarchy = fixture.open();
    const found = await hierarchy.versions(['mine', 'team', 'public', 'acme.x']);
    return { found: [...found].map(([id, versions]) => [id, versions.at(-1)?.version]), report: hierarchy.report };
  };

  it('is kept out: an id that a feed of the fleet has does not come from outside', async () => {
    const { found, report } = await ids(new HierarchyFixture(sketch));
    expect(found).toEqual([
      ['mine', '1.0.0'],
      ['team', '1.0.0'],
      ['public', '1.0.0'],
      ['acme.x', '1.0.0'],
    ]);
    expect(report.withheld.map(({ id, reason }) => [id, reason])).toEqual([
      ['mine', 'held'],
      ['team', 'held'],
    ]);
  });

  it('is kept out of searches, also where the own package is not among the hits', async () => {
    const { hits } = await new HierarchyFixture({
      ...sketch,
      packages: { ...sketch.packages, a: [{ id: 'Mine', version: '1.0.0', listed: false }] },
    })
      .open()
      .search(everything);
    expect(hits.map(({ id, versions }) => [id, versions.length])).toEqual([
      ['Team', 1],
      ['Acme.X', 1],
      ['Public', 1],
    ]);
  });

  it('is allowed where the feed shares an id, and goes further where it reserves one', async () => {
    const policies = { a: { sharedIds: ['team*'], reservedIds: ['acme.*'] } };
    const { found } = await ids(new HierarchyFixture({ ...sketch, policies }));
    expect(found).toEqual([
      ['mine', '1.0.0'],
      ['team', '9.0.0'],
      ['public', '1.0.0'],
    ]);
  });

  it('keeps a download from outside back while a feed that may have the id does not answer', async () => {
    const fixture = new HierarchyFixture(sketch);
    fixture.at('b').sickness = 'unavailable';
    await expect(fixture.open().content('Public', '1.0.0')).rejects.toMatchObject({ code: 'FF_SOURCE_UNAVAILABLE' });
  });

  it.each(['unavailable', 'unsupported'] as const)(
    'is kept out while an optional feed that may have the id is %s, but for ids that are shared or pinned',
    async (sickness) => {
      const { pins, pinned } = pinsInMemory();
      const fixture = new HierarchyFixture({
        ...sketch,
        edges: sketch.edges.map((edge) => (edge.to === 'b' ? { ...edge, rest: { required: false } } : edge)),
        ...{ pins, policies: { a: { sharedIds: ['acme.*'] } } },
      });
      fixture.at('b').sickness = sickness;
      pinned.set('public', 'source-1');
      await expect(fixture.open().versions(['team'])).rejects.toMatchObject({ code: 'FF_SOURCE_UNAVAILABLE' });
      await expect(fixture.open().content('Team', '9.0.0')).rejects.toMatchObject({ code: 'FF_SOURCE_UNAVAILABLE' });
      expect([...pinned.keys()]).toEqual(['public']);
      for (const id of ['public', 'acme.x']) expect(await versionsOf(fixture.open(), id)).toEqual([`${GALLERY} 1.0.0`]);
      expect(await fixture.open().content('Public', '1.0.0')).toBeDefined();
      const { hits } = await fixture.open().search(everything);
      expect(hits.map(({ id }) => id)).toEqual(['Mine', 'Acme.X', 'Public']);
    },
  );

  it('pins no id to a source that lists it and does not give it', async () => {
    const { pins, pinned } = pinsInMemory();
    const fixture = new HierarchyFixture({
      packages: { a: [], [GALLERY]: ['Public 1.0.0'] },
      ...{ edges: [{ from: 'a', to: GALLERY }], pins },
    });
    fixture.at(GALLERY).files = 'absent';
    expect(await fixture.open().content('Public', '1.0.0')).toBeUndefined();
    expect([...pinned]).toEqual([]);
  });

  it('pins an id to the source that served it first', async () => {
    const { pins, pinned } = pinsInMemory();
    const fixture = new HierarchyFixture({
      packages: { a: [], [GALLERY]: ['Public 1.0.0'], [OTHER]: ['Public 2.0.0'] },
      edges: [
        { from: 'a', to: GALLERY },
        { from: 'a', to: OTHER },
      ],
      pins,
    });
    expect(await versionsOf(fixture.open(), 'public')).toEqual([`${GALLERY} 1.0.0`, `${OTHER} 2.0.0`]);
    await fixture.open().content('Public', '1.0.0');
    expect([...pinned]).toEqual([['public', 'source-0']]);
    const hierarchy = fixture.open();
    expect(await versionsOf(hierarchy, 'public')).toEqual([`${GALLERY} 1.0.0`]);
    expect(hierarchy.report.withheld).toEqual([{ id: 'public', context: 2, reason: 'pinned' }]);
    expect(await fixture.open().content('Public', '2.0.0')).toBeUndefined();
  });
});
