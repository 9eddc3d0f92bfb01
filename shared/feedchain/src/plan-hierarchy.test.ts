/** The plan against a naive oracle: what one package version can be reached from, edge by edge, one version at a time. */
import { describe, expect, it } from '@jest/globals';
import { hashKey } from '@feedfleet/registry-client';
import fc from 'fast-check';

import { clique, diamonds, feedNamed, fleetOf, registryOf } from './graph-fixture.ts';
import type { EdgeSketch, GraphSketch } from './graph-fixture.ts';
import type { HierarchyPlan, PlannedContext } from './hierarchy-plan.ts';
import { passesFilters } from './path-filter.ts';
import { planHierarchy } from './plan-hierarchy.ts';

const now = Date.parse('2030-06-01T00:00:00Z');
const fleet = fleetOf('a');

function plan(sketch: GraphSketch, entry: string, ids: readonly string[] | null = null): HierarchyPlan {
  const view = registryOf(sketch);
  return planHierarchy(view, { entry: feedNamed(view, entry), now, ids, chain: { outcome: 'none' }, fleet });
}

/** A foreign source is another one with another credential. */
const foreignName = (url: string, fingerprint: string | undefined): string => `${url} ${fingerprint ?? 'none'}`;

function nameOf(context: PlannedContext): string {
  if (context.kind !== 'foreign') return context.feed.name;
  const { target, credential } = context.edge;
  return target.kind === 'foreign' ? foreignName(target.url, credential?.fingerprint) : '';
}

const names = ({ contexts }: HierarchyPlan): string[] => contexts.map(nameOf);

const ids = ['Core.Json', 'Core.Xml', 'Tool', 'Web.Json'];
const globs = ['*', 'Core.*', '*.Json', 'Tool', 'web.*', 'none*', 'Core.Json', '*o*'];
const foreignUrls = ['https://one.example/index.json', 'https://two.example/index.json'];
const feedNames = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
const aliases = { a1: 'a', a2: 'a', b1: 'b' };
const keys = {
  all: { feeds: feedNames },
  some: { feeds: ['a', 'b', 'c'] },
  old: { feeds: feedNames, expiresAt: '2030-05-01T00:00:00.000Z' },
};

const mostly = (value: boolean) => fc.oneof({ weight: 4, arbitrary: fc.constant(value) }, fc.boolean());
const globList = (minLength: number) => fc.array(fc.constantFrom(...globs), { minLength, maxLength: 2 });
const anyEdge: fc.Arbitrary<EdgeSketch> = fc
  .record(
    {
      from: fc.constantFrom(...feedNames),
      to: fc.constantFrom(...feedNames, ...Object.keys(aliases), ...foreignUrls),
      key: fc.constantFrom('all', 'all', 'some', 'old', 'unknown'),
      include: fc.oneof(fc.constant(['*']), globList(1)),
      exclude: fc.oneof(fc.constant([]), globList(0)),
      prerelease: mostly(true),
      required: mostly(true),
      enabled: mostly(true),
    },
    { requiredKeys: ['from', 'to', 'include', 'exclude', 'prerelease', 'required', 'enabled'] },
  )
  .map((edge) => edge);
const anyGraph: fc.Arbitrary<GraphSketch> = fc
  .record({ edges: fc.array(anyEdge, { maxLength: 24 }), privateFeeds: fc.subarray(feedNames) })
  .map(({ edges, privateFeeds }) => ({
    feeds: feedNames,
    edges: edges.map((edge, index) => ({ ...edge, name: `s${index}` })),
    privateFeeds,
    keys,
    aliases,
  }));

interface Version {
  readonly id: string;
  readonly isPrerelease: boolean;
}

const universe: readonly Version[] = ids.flatMap((id) => [
  { id, isPrerelease: false },
  { id, isPrerelease: true },
]);

function naiveGlob(glob: string, text: string): boolean {
  const pattern = glob.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replaceAll('*', '.*');
  return new RegExp(`^${pattern}$`, 'i').test(text);
}

class Oracle {
  readonly #sketch: GraphSketch;

  constructor(sketch: GraphSketch) {
    this.#sketch = sketch;
  }

  #target({ to, key }: EdgeSketch): string {
    if (to.startsWith('https:')) return foreignName(to, key === undefined ? undefined : hashKey(key));
    return this.#sketch.aliases?.[to] ?? to;
  }

  #isOpen(edge: EdgeSketch): boolean {
    const to = this.#target(edge);
    if (edge.enabled === false) return false;
    if (this.#sketch.privateFeeds?.includes(to) !== true) return true;
    const key = edge.key === undefined ? undefined : this.#sketch.keys?.[edge.key];
    return key?.feeds.includes(to) === true && (key.expiresAt === undefined || Date.parse(key.expiresAt) > now);
  }

  #lets({ include = ['*'], exclude = [], prerelease = true }: EdgeSketch, version: Version): boolean {
    return (
      (prerelease || !version.isPrerelease) &&
      include.some((glob) => naiveGlob(glob, version.id)) &&
      !exclude.some((glob) => naiveGlob(glob, version.id))
    );
  }

  /** By growing a set until nothing is added. */
  reachable(entry: string, lets: (edge: EdgeSketch) => boolean): ReadonlySet<string> {
    const reached = new Set([entry]);
    for (let before = 0; before < reached.size;) {
      before = reached.size;
      for (const edge of this.#sketch.edges) {
        if (reached.has(edge.from) && this.#isOpen(edge) && lets(edge)) reached.add(this.#target(edge));
      }
    }
    return reached;
  }

  /** Where a version may come from. */
  origins(entry: string, version: Version): ReadonlySet<string> {
    return this.reachable(entry, (edge) => this.#lets(edge, version));
  }

  requiredOrigins(entry: string, version: Version): ReadonlySet<string> {
    return this.reachable(entry, (edge) => edge.required !== false && this.#lets(edge, version));
  }

  everything(entry: string): ReadonlySet<string> {
    return this.reachable(entry, () => true);
  }
}

const sorted = (values: Iterable<string>): string[] => [...values].sort();

describe('the plan of a hierarchy', () => {
  it('asks the same of a random graph as the oracle, once each, for any ids from any entry', () => {
    fc.assert(
      fc.property(
        anyGraph,
        fc.constantFrom(...feedNames),
        fc.subarray(ids, { minLength: 1 }),
        (sketch, entry, asked) => {
          const oracle = new Oracle(sketch);
          const planned = plan(sketch, entry, asked);
          const expected = new Set(asked.flatMap((id) => [...oracle.origins(entry, { id, isPrerelease: false })]));
          expect(sorted(names(planned))).toEqual(sorted(expected));
          expect(names(planned)[0]).toBe(entry);
          for (const context of planned.contexts) {
            const name = nameOf(context);
            const askedOf = asked.filter((id) => oracle.origins(entry, { id, isPrerelease: false }).has(name));
            expect(sorted(context.ids ?? [])).toEqual(sorted(askedOf.map((id) => id.toLowerCase())));
            for (const version of universe.filter(({ id }) => context.kind !== 'local' && asked.includes(id))) {
              expect([version, context.admits(version)]).toEqual([version, oracle.origins(entry, version).has(name)]);
            }
            expect(context.isRequired).toBe(
              asked.some((id) => oracle.requiredOrigins(entry, { id, isPrerelease: false }).has(name)),
            );
          }
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('sees of all packages of a random graph what the oracle sees, through filters that never lose one', () => {
    fc.assert(
      fc.property(anyGraph, fc.constantFrom(...feedNames), (sketch, entry) => {
        const oracle = new Oracle(sketch);
        const planned = plan(sketch, entry);
        expect(sorted(names(planned))).toEqual(sorted(oracle.everything(entry)));
        for (const context of planned.contexts.slice(1)) {
          for (const version of universe) {
            const isVisible = oracle.origins(entry, version).has(nameOf(context));
            expect([version, context.admits(version)]).toEqual([version, isVisible]);
            const passes = passesFilters(context.filters, version);
            expect([version, passes]).toEqual([version, context.areFiltersExact ? isVisible : passes || isVisible]);
          }
        }
      }),
      { numRuns: 1500 },
    );
  });

  it('asks every feed of a clique of fifty once, from every entry', () => {
    const view = registryOf(clique(50));
    for (const entry of view.feeds) {
      const planned = planHierarchy(view, { entry, now, ids: ['x'], chain: { outcome: 'none' }, fleet });
      expect(new Set(names(planned)).size).toBe(50);
      expect(planned.contexts).toHaveLength(50);
      expect(planned.contexts.every((context) => context.kind === 'local' || context.via.length === 1)).toBe(true);
    }
  });

  it('asks every feed of a diamond of twenty layers once, though a million ways lead to the last', () => {
    const planned = plan(diamonds(20), 'top');
    expect(planned.contexts).toHaveLength(41);
    expect(planned.cut).toEqual([]);
  });

  it('asks a feed that refers to itself under three aliases nothing but what it has', () => {
    const edges = ['me', 'again', 'ME'].map((to, index) => ({ from: 'self', to, name: `s${index}` }));
    const planned = plan({ feeds: ['self'], edges, aliases: { me: 'self', again: 'self', ME: 'self' } }, 'self');
    expect(names(planned)).toEqual(['self']);
    expect(planned.cut.map(({ edge, reason }) => [edge.name, reason])).toEqual([
      ['s0', 'self'],
      ['s1', 'self'],
      ['s2', 'self'],
    ]);
  });

  it('puts the entry first, then what is nearer, then what is listed earlier', () => {
    const edges = [
      { from: 'a', to: 'c' },
      { from: 'a', to: 'https://one.example/index.json' },
      { from: 'a', to: 'b' },
      { from: 'b', to: 'd' },
      { from: 'c', to: 'e' },
    ];
    expect(names(plan({ feeds: feedNames, edges }, 'a'))).toEqual([
      'a',
      'c',
      foreignName('https://one.example/index.json', undefined),
      'b',
      'e',
      'd',
    ]);
  });
});
