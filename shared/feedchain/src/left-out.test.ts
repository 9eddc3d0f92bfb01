/** What a plan says beside whom to ask: what it left out and why, until when it holds, and when it is another plan. */
import { describe, expect, it } from '@jest/globals';

import { hashKey } from '@feedfleet/registry-client';
import type { Feed, RegistryView } from '@feedfleet/registry-client';

import { writeFeedChain, readFeedChain } from './feed-chain.ts';
import type { ReceivedChain } from './feed-chain.ts';
import { feedNamed, fleetOf, registryOf, sourceOf } from './graph-fixture.ts';
import type { EdgeSketch, GraphSketch } from './graph-fixture.ts';
import { HierarchyMemo } from './hierarchy-memo.ts';
import type { HierarchyPlan } from './hierarchy-plan.ts';
import { Hierarchy } from './hierarchy.ts';
import { planHierarchy } from './plan-hierarchy.ts';

const now = Date.parse('2030-06-01T00:00:00Z');
const fleet = fleetOf('a');
const none: ReceivedChain = { outcome: 'none' };

interface Asked {
  readonly ids?: readonly string[] | null;
  readonly chain?: ReceivedChain;
  readonly at?: number;
  readonly memo?: HierarchyMemo;
}

function planOf(
  view: RegistryView,
  entry: string,
  { ids = null, chain = none, at = now, memo }: Asked = {},
): HierarchyPlan {
  const question = { entry: feedNamed(view, entry), now: at, ids, chain, fleet };
  return planHierarchy(view, memo === undefined ? question : { ...question, memo });
}

function cameThrough(breadth: number): ReceivedChain {
  const written = writeFeedChain(none, { fleet, feedId: 'feed-elsewhere', deadlineMs: now + 1000, breadth });
  const text = written.outcome === 'written' ? written.text : '';
  return readFeedChain(['X-NuGet-Feedchain', text], { fleet, nowMs: now, targetFeedId: 'feed-a' });
}

function changed(view: RegistryView, edge: EdgeSketch, index: number): RegistryView {
  const source = sourceOf(edge, index);
  return view.apply({
    number: view.number + 1,
    at: '2030-01-01T00:00:00.000Z',
    actor: 'x',
    summary: 'x',
    operations: [{ entity: 'source', id: source.id, value: source }],
  });
}

const closed: GraphSketch = {
  feeds: ['a', 'b', 'p', 'q'],
  edges: [
    { from: 'a', to: 'p', name: 'bare' },
    { from: 'a', to: 'p', name: 'unknown', key: 'nobody' },
    { from: 'a', to: 'p', name: 'old', key: 'old' },
    { from: 'a', to: 'p', name: 'weak', key: 'weak' },
    { from: 'a', to: 'b', name: 'narrow', include: ['Core.*'], exclude: ['*.Tests'] },
    { from: 'a', to: 'gone', name: 'gone' },
    { from: 'a', to: 'b', name: 'off', enabled: false },
    { from: 'a', to: 'https://one.example/index.json', name: 'caught', loop: 'caught' },
    { from: 'a', to: 'https://two.example/index.json', name: 'pending', loop: 'pending' },
    { from: 'b', to: 'a', name: 'back' },
    { from: 'p', to: 'q', name: 'behind' },
  ],
  privateFeeds: ['p'],
  keys: {
    old: { feeds: ['p'], expiresAt: '2030-05-01T00:00:00.000Z' },
    weak: { feeds: ['q'] },
    good: { feeds: ['p'], expiresAt: '2030-07-01T00:00:00.000Z' },
  },
};

describe('what a plan leaves out', () => {
  it('is told with the reason, for each edge', () => {
    const plan = planOf(registryOf(closed), 'a');
    expect(plan.contexts.map(({ kind, unavailable }) => [kind, unavailable])).toEqual([
      ['local', null],
      ['feed', null],
      ['foreign', 'loopPending'],
    ]);
    expect(plan.denied.map(({ edge, denial }) => [edge.name, denial.outcome])).toEqual([
      ['bare', 'noCredential'],
      ['unknown', 'unknown'],
      ['old', 'expired'],
      ['weak', 'insufficient'],
    ]);
    expect(plan.skipped.map(({ edge, reason }) => [edge.name, reason])).toEqual([
      ['gone', 'noSuchFeed'],
      ['off', 'disabled'],
      ['caught', 'loopCaught'],
    ]);
    expect(plan.cut.map(({ edge, reason }) => [edge.name, reason])).toEqual([['back', 'loop']]);
  });

  it('is what filters hold back, for a query by id', () => {
    const view = registryOf(closed);
    expect(planOf(view, 'a', { ids: ['Tool'] }).skipped.map(({ edge, reason }) => `${edge.name} ${reason}`)).toContain(
      'narrow filtered',
    );
    expect(planOf(view, 'a', { ids: ['Core.Tests'] }).contexts.map(({ kind }) => kind)).toEqual(['local', 'foreign']);
    expect(planOf(view, 'a', { ids: ['CORE.Json', 'tool'] }).contexts[1]).toMatchObject({
      kind: 'feed',
      ids: ['core.json'],
    });
  });

  it('is everything behind an edge that a good credential would open', () => {
    const view = changed(registryOf(closed), { from: 'a', to: 'p', name: 'bare', key: 'good' }, 0);
    const plan = planOf(view, 'a');
    expect(plan.contexts.map((each) => (each.kind === 'foreign' ? each.edge.name : each.feed.name))).toEqual([
      'a',
      'p',
      'b',
      'pending',
      'q',
    ]);
    expect(plan.contexts[1]).toMatchObject({ edge: { name: 'bare', credential: { fingerprint: hashKey('good') } } });
  });

  it('is what the breadth that is left does not allow, the last ones first, and is told as unavailable', () => {
    const feeds = ['a', 'b', 'c', 'd'];
    const view = registryOf({ feeds, edges: feeds.slice(1).map((to) => ({ from: 'a', to })) });
    expect(planOf(view, 'a', { chain: cameThrough(2) }).contexts.map(({ unavailable }) => unavailable)).toEqual([
      null,
      null,
      null,
      'breadth',
    ]);
    expect(planOf(view, 'a', { chain: cameThrough(3) }).contexts.every(({ unavailable }) => unavailable === null)).toBe(
      true,
    );
    expect(planOf(view, 'a', { chain: cameThrough(2) }).foreignBreadth).toBe(0);
  });
});

describe('a plan', () => {
  it('holds until the first key that it relies on expires', () => {
    const view = changed(registryOf(closed), { from: 'a', to: 'p', name: 'bare', key: 'good' }, 0);
    const expiry = Date.parse('2030-07-01T00:00:00.000Z');
    const memo = new HierarchyMemo();
    const plan = planOf(view, 'a', { memo });
    expect(plan.validUntilMs).toBe(expiry);
    expect(planOf(view, 'a', { memo, at: expiry - 1 }).contexts).toHaveLength(5);
    expect(planOf(view, 'a', { memo, at: expiry }).contexts).toHaveLength(3);
    expect(planOf(registryOf(closed), 'a').validUntilMs).toBe(Infinity);
  });

  it('has another identity when contexts, credentials, filters or policies change, and only then', () => {
    const sketch: GraphSketch = {
      feeds: ['a', 'b', 'c'],
      edges: [
        { from: 'a', to: 'b' },
        { from: 'b', to: 'https://one.example/index.json', name: 'one' },
      ],
    };
    const view = registryOf(sketch);
    const one = { from: 'b', to: 'https://one.example/index.json', name: 'one' };
    const unrelated = { from: 'c', to: 'https://two.example/index.json', name: 'two' };
    const policy = (feed: Feed): RegistryView =>
      view.apply({
        number: 1,
        at: '2030-01-01T00:00:00.000Z',
        actor: 'x',
        summary: 'x',
        operations: [{ entity: 'feed', id: feed.id, value: { ...feed, reservedIds: ['Mine.*'] } }],
      });
    for (const ids of [null, ['tool']]) {
      const identity = (each: RegistryView): string => planOf(each, 'a', { ids }).identity;
      const whole = identity(view);
      expect(identity(changed(view, unrelated, 7))).toBe(whole);
      const others = [
        changed(view, { from: 'a', to: 'c' }, 5),
        changed(view, { ...one, key: 'k' }, 1),
        changed(view, { ...one, prerelease: false }, 1),
        changed(view, { ...one, required: false }, 1),
        changed(view, { ...one, enabled: false }, 1),
        policy(feedNamed(view, 'a')),
        policy(feedNamed(view, 'b')),
      ].map(identity);
      expect(new Set([whole, ...others]).size).toBe(others.length + 1);
    }
    expect(planOf(view, 'a', { ids: ['x'] }).identity).not.toBe(planOf(view, 'a', { ids: ['y'] }).identity);
  });

  it('tells of each version of a foreign source the edges that it comes by', () => {
    const url = 'https://one.example/index.json';
    const edges = [
      { from: 'a', to: url, name: 'stable', prerelease: false, include: ['Core.*'] },
      { from: 'a', to: 'b' },
      { from: 'b', to: url, name: 'all', exclude: ['Core.Secret'] },
    ];
    const view = registryOf({ feeds: ['a', 'b'], edges });
    for (const ids of [null, ['core.json', 'tool', 'core.secret']]) {
      const context = planOf(view, 'a', { ids }).contexts.find(({ kind }) => kind === 'foreign');
      if (context?.kind !== 'foreign') throw new Error('no foreign context');
      const by = (id: string, isPrerelease: boolean): string[] =>
        context.admittingEdges({ id, isPrerelease }).map(({ name }) => name);
      expect(context.edges.map(({ name }) => name)).toEqual(['stable', 'all']);
      expect(by('Core.Json', false)).toEqual(['stable', 'all']);
      expect(by('Core.Json', true)).toEqual(['all']);
      expect(by('Tool', false)).toEqual(['all']);
      expect(by('Core.Secret', true)).toEqual([]);
    }
  });

  it('reads of a registry of ten thousand feeds only those that the entry leads to', () => {
    const feeds = Array.from({ length: 10_000 }, (_, index) => `f${index}`);
    const edges = [1, 2, 3].map((index) => ({ from: `f${index - 1}`, to: `f${index}` }));
    const view = registryOf({ feeds, edges });
    const read: string[] = [];
    const counting = {
      feedById: (id: string) => view.feedById(id),
      keyByHash: (hash: string) => view.keyByHash(hash),
      sourcesOf: (id: string) => {
        read.push(id);
        return view.sourcesOf(id);
      },
    };
    expect(new Hierarchy(counting, feedNamed(view, 'f0'), now).nodes).toHaveLength(4);
    expect(read).toEqual(['feed-f0', 'feed-f1', 'feed-f2', 'feed-f3']);
  });

  it('explores a hierarchy once for all ids, until the registry changes', () => {
    const view = registryOf(closed);
    const memo = new HierarchyMemo();
    const first = memo.hierarchyOf(view, feedNamed(view, 'a'), now);
    expect(memo.hierarchyOf(view, feedNamed(view, 'a'), now)).toBe(first);
    expect(memo.hierarchyOf(registryOf(closed), feedNamed(view, 'a'), now)).not.toBe(first);
  });
});
