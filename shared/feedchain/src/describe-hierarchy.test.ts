/** The drawing of a hierarchy, and what edits change. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import type { Feed, RegistryView } from '@feedfleet/registry-client';

import { describeHierarchy } from './describe-hierarchy.ts';
import type { GraphReader } from './describe-hierarchy.ts';
import type { EditEffect } from './edit-effect.ts';
import { effectOfEdit } from './effect-of-edit.ts';
import { clique, diamonds, feedNamed, fleetOf, registryOf, sourceOf } from './graph-fixture.ts';
import type { EdgeSketch, GraphSketch } from './graph-fixture.ts';
import type { HierarchyGraph } from './hierarchy-graph.ts';
import { planHierarchy } from './plan-hierarchy.ts';

const now = Date.parse('2030-06-01T00:00:00Z');
const everything: GraphReader = { now, sightOf: () => 'managed' };
const only = (...names: string[]): GraphReader => ({
  now,
  sightOf: ({ name }: Feed) => (names.includes(name) ? 'named' : 'hidden'),
});

const draw = (sketch: GraphSketch, entry: string, reader = everything): HierarchyGraph => {
  const view = registryOf(sketch);
  return describeHierarchy(view, feedNamed(view, entry), reader);
};
const loopNames = ({ nodes, loops }: HierarchyGraph): string[] =>
  loops.map((loop) => `${loop.nodes.map((index) => nodes[index]?.name).join(' -> ')} at ${nodes[loop.cutAt]?.name}`);

function add(view: RegistryView, edge: EdgeSketch, reader = everything): EditEffect {
  const source = sourceOf(edge, 900);
  return effectOfEdit(view, feedNamed(view, edge.from), { edit: { kind: 'put', source }, reader });
}

const team: GraphSketch = {
  feeds: ['core', 'team', 'web', 'x', 'y', 'z', 'secret'],
  edges: [
    { from: 'core', to: 'x' },
    { from: 'core', to: 'y' },
    { from: 'core', to: 'z' },
    { from: 'core', to: 'https://one.example/index.json' },
    { from: 'team', to: 'core' },
    { from: 'team', to: 'web' },
    { from: 'team', to: 'https://two.example/index.json' },
    { from: 'team', to: 'https://one.example/index.json' },
    { from: 'team', to: 'secret', key: 'good' },
    { from: 'web', to: 'https://three.example/index.json' },
  ],
  privateFeeds: ['secret'],
  keys: { good: { feeds: ['secret'] } },
};

describe('the graph of a hierarchy', () => {
  it('shows loops and where they are cut, from any entry', () => {
    const edges = [
      { from: 'a', to: 'b' },
      { from: 'b', to: 'c' },
      { from: 'c', to: 'a' },
      { from: 'c', to: 'c', name: 'mine' },
    ];
    const sketch = { feeds: ['a', 'b', 'c'], edges };
    expect(loopNames(draw(sketch, 'a'))).toEqual(['a -> b -> c -> a at c', 'c -> c at c']);
    expect(loopNames(draw(sketch, 'b'))).toEqual(['c -> c at c', 'b -> c -> a -> b at a']);
    expect(draw(sketch, 'a').edges.map(({ state }) => state)).toEqual(['followed', 'followed', 'loop', 'self']);
  });

  it('counts what is led to by several edges once', () => {
    const graph = draw(diamonds(3), 'top');
    expect(graph.cost).toEqual({ upstreamRequests: 6, feeds: 6, foreign: 0, depth: 3 });
    expect(graph.diamonds.map(({ node, edges }) => [graph.nodes[node]?.name, edges])).toEqual([
      ['l2', 2],
      ['r2', 2],
      ['l3', 2],
      ['r3', 2],
    ]);
    expect(graph.loops).toEqual([]);
  });

  it('shows why an edge is not followed', () => {
    const sketch: GraphSketch = {
      feeds: ['a', 'b', 'p'],
      edges: [
        { from: 'a', to: 'p' },
        { from: 'a', to: 'b', enabled: false },
        { from: 'a', to: 'gone' },
        { from: 'a', to: 'https://one.example/index.json', loop: 'caught' },
        { from: 'a', to: 'https://two.example/index.json', loop: 'pending', include: ['x'], required: false },
      ],
      privateFeeds: ['p'],
    };
    const graph = draw(sketch, 'a');
    expect(graph.edges.map(({ state }) => state)).toEqual([
      'denied',
      'disabled',
      'noSuchFeed',
      'loopCaught',
      'followed',
    ]);
    expect(graph.edges[4]).toMatchObject({ isFiltering: true, isRequired: false, to: 2 });
    expect(graph.nodes.map(({ state }) => state)).toEqual(['asked', 'loopCaught', 'loopPending']);
    expect(graph.cost.upstreamRequests).toBe(0);
  });

  it('names to a reader only what the reader may know', () => {
    const sketch: GraphSketch = { ...team, edges: [...team.edges, { from: 'core', to: 'team' }] };
    const graph = draw(sketch, 'core', only('team', 'x'));
    const names = graph.nodes.map(({ name }) => name);
    expect(names).toEqual(['core', 'x', null, null, 'https://one.example/index.json', 'team', null, null, null, null]);
    expect(graph.edges.filter(({ from }) => from > 0).every(({ source }) => source === null)).toBe(true);
    expect(JSON.stringify(graph)).not.toMatch(/secret|web|two\.example|three\.example|feed-|source-/);
  });

  it('draws a bounded number of the loops of a clique of fifty, and counts all', () => {
    const graph = draw(clique(50), 'k0');
    expect(graph.cost).toEqual({ upstreamRequests: 49, feeds: 49, foreign: 0, depth: 1 });
    expect(graph.cuts).toBe((50 * 49) / 2);
    expect(graph.loops).toHaveLength(32);
  });

  it('cuts every loop of a random graph, and costs what the plan asks', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const edge = fc.record({ from: fc.constantFrom(...names), to: fc.constantFrom(...names) });
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 20 }), (edges) => {
        const view = registryOf({ feeds: names, edges: edges.map((each, index) => ({ ...each, name: `s${index}` })) });
        const entry = feedNamed(view, 'a');
        const graph = describeHierarchy(view, entry, everything);
        const question = { entry, now, ids: null, chain: { outcome: 'none' }, fleet: fleetOf('a') } as const;
        expect(graph.cost.upstreamRequests).toBe(planHierarchy(view, question).contexts.length - 1);
        expect(graph.loops).toHaveLength(graph.cuts);
        // What is left when feeds are taken away that no edge leads to any more, again and again.
        let left = graph.edges.filter(({ state }) => state === 'followed');
        for (let before = -1; before !== left.length;) {
          before = left.length;
          left = left.filter(({ from }) => left.some(({ to }) => to === from));
        }
        expect(left).toEqual([]);
        for (const { nodes, cutAt } of graph.loops) {
          expect([nodes.at(-1), nodes.at(-2)]).toEqual([nodes[0], cutAt]);
          for (const [at, from] of nodes.slice(0, -1).entries()) {
            expect(graph.edges.some((each) => each.from === from && each.to === nodes[at + 1])).toBe(true);
          }
        }
      }),
    );
  });
});

describe('the effect of an edit', () => {
  it('tells what a query will cost and which loop is closed, before it is saved', () => {
    const view = registryOf(team);
    const effect = add(view, { from: 'core', to: 'team' });
    expect(effect.sentence).toBe(
      'This turns 4 upstream requests per query into 9; it closes the loop core -> team -> core, which is cut at team.',
    );
    expect(effect.gained.map(({ name }) => name)).toEqual([
      'team',
      'web',
      'https://two.example/index.json',
      'secret',
      'https://three.example/index.json',
    ]);
    expect([effect.lost, effect.opens]).toEqual([[], null]);
    expect(effect.closes).toEqual({ names: ['core', 'team', 'core'], cutAt: 'team' });
    expect(effect.edge).toMatchObject({ source: 'team', from: 0, state: 'followed' });
  });

  it('hides in its words what the reader may not know', () => {
    const effect = add(registryOf(team), { from: 'core', to: 'team' }, only());
    expect(effect.sentence).toContain('the loop core -> a feed that you may not see -> core, which is cut at a feed');
    expect(JSON.stringify(effect)).not.toMatch(/secret|web|two\.example/);
  });

  it('tells what a removal opens and loses', () => {
    const view = registryOf({ ...team, edges: [...team.edges, { from: 'core', to: 'team' }] });
    const source = view.sourcesOf(feedNamed(view, 'team').id).find(({ name }) => name === 'core');
    const effect = effectOfEdit(view, feedNamed(view, 'team'), {
      edit: { kind: 'remove', sourceId: source?.id ?? '' },
      reader: everything,
    });
    expect(effect.sentence).toBe(
      'This turns 9 upstream requests per query into 5; it opens the loop team -> core -> team.',
    );
    expect(effect.lost.map(({ name }) => name)).toEqual(['core', 'x', 'y', 'z']);
    expect(effect.edge).toBeNull();
  });

  it.each([
    [
      { from: 'x', to: 'x' },
      'This leaves it at 0 upstream requests per query; the feed refers to itself, which adds nothing.',
    ],
    [
      { from: 'x', to: 'secret' },
      'This leaves it at 0 upstream requests per query; nothing comes through the source: it has no credential that reads the feed.',
    ],
    [
      { from: 'x', to: 'y', enabled: false },
      /0 upstream requests per query; nothing comes through the source while it/,
    ],
    [{ from: 'x', to: 'y' }, 'This turns 0 upstream requests per query into 1.'],
    [{ from: 'core', to: 'https://one.example/index.json' }, 'This leaves it at 4 upstream requests per query.'],
  ])('says of %j: %s', (edge, sentence) => {
    const effect = add(registryOf(team), edge);
    if (typeof sentence === 'string') expect(effect.sentence).toBe(sentence);
    else expect(effect.sentence).toMatch(sentence);
  });

  it('is of the feed that has the source only', () => {
    const view = registryOf(team);
    const edit = { kind: 'put', source: sourceOf({ from: 'team', to: 'x' }, 900) } as const;
    expect(() => effectOfEdit(view, feedNamed(view, 'core'), { edit, reader: everything })).toThrow(/one of feed-team/);
  });
});
