import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { LeastLoaded } from './least-loaded.ts';
import { Rendezvous } from './rendezvous.ts';
import { RoundRobin } from './round-robin.ts';
import { drawsFrom } from './seeded-draws.ts';
import { candidate, describeSelectionPolicy, shares } from './selection-policy-conformance.ts';
import type { Candidate } from './selection-policy.ts';

describeSelectionPolicy('least loaded of two', (random) => new LeastLoaded(random));
describeSelectionPolicy('round robin', () => new RoundRobin());
describeSelectionPolicy('rendezvous, one instance for each feed', (random) => new Rendezvous({ shardSize: 1, random }));
describeSelectionPolicy(
  'rendezvous, two instances for each feed',
  (random) => new Rendezvous({ shardSize: 2, random }),
);

const ids = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const feeds = Array.from({ length: 500 }, (_, index) => `feed-${index}`);

/** Every instance that a feed can get: the first of its shard, and the others when those before are busy. */
function shardOf(candidates: readonly Candidate[], feed: string, size: number): string[] {
  const policy = new Rendezvous({ shardSize: size, random: drawsFrom(1) });
  const busy = new Set<string>();
  for (let turn = 0; turn < size; turn++) {
    const loaded = candidates.map((each) => ({ ...each, inFlight: busy.has(each.id) ? 100 : 0 }));
    busy.add(policy.select(loaded, { feed, now: 0 })?.id ?? '');
  }
  return [...busy];
}

describe('the least loaded of two', () => {
  it('is never the busier one of two, nor the much slower one', () => {
    const policy = new LeastLoaded(drawsFrom(3));
    const busy = candidate('busy', { inFlight: 10 });
    const slow = candidate('slow', { latencyAt: () => 500 });
    const idle = candidate('idle', { latencyAt: () => 20 });
    expect(shares(policy, [busy, idle], { requests: 100 }).get('busy')).toBe(0);
    expect(shares(policy, [slow, idle], { requests: 100 }).get('slow')).toBe(0);
  });

  it('counts requests under way by weight', () => {
    const policy = new LeastLoaded(drawsFrom(3));
    const small = candidate('small', { weight: 10, inFlight: 2 });
    const large = candidate('large', { weight: 100, inFlight: 10 });
    expect(shares(policy, [small, large], { requests: 100 }).get('small')).toBe(0);
  });

  it('has no clear difference in milliseconds that are noise', () => {
    const candidates = [candidate('a', { latencyAt: () => 0.2 }), candidate('b', { latencyAt: () => 0.9 })];
    const counts = shares(new LeastLoaded(drawsFrom(5)), candidates, { requests: 1_000 });
    expect(counts.get('b')).toBeGreaterThan(400);
  });
});

describe('round robin', () => {
  it('spreads a heavier one over the others instead of taking it in a row', () => {
    const policy = new RoundRobin();
    const candidates = [candidate('a', { weight: 500 }), candidate('b'), candidate('c')];
    const order = Array.from({ length: 7 }, () => policy.select(candidates, { feed: undefined, now: 0 })?.id);
    expect(order.join('')).toBe('aabacaa');
  });
});

describe('rendezvous', () => {
  it('keeps a feed at as many instances as a shard has, which differ from feed to feed', () => {
    const candidates = ids.map((id) => candidate(id));
    const shards = new Set(feeds.map((feed) => shardOf(candidates, feed, 2).sort().join('')));
    expect(shards.size).toBe(28);
    expect(shardOf(candidates, 'feed-1', 2)).toEqual(shardOf(candidates, 'feed-1', 2));
    expect(shardOf(candidates, 'feed-1', 3)).toHaveLength(3);
  });

  it('moves only the feeds of an instance that goes, and one place of those', () => {
    const candidates = ids.map((id) => candidate(id));
    fc.assert(
      fc.property(fc.constantFrom(...ids), fc.integer({ min: 1, max: 4 }), fc.string(), (gone, size, feed) => {
        const before = shardOf(candidates, feed, size);
        const left = candidates.filter(({ id }) => id !== gone);
        const after = shardOf(left, feed, size);
        const stayed = before.filter((id) => id !== gone);
        expect(after.slice(0, stayed.length)).toEqual(stayed);
        if (!before.includes(gone)) expect(after).toEqual(before);
      }),
    );
  });

  it('moves about as many feeds to an instance that comes as are its share', () => {
    const before = ids.map((id) => candidate(id));
    const after = [...before, candidate('i')];
    const moved = feeds.filter((feed) => shardOf(before, feed, 1)[0] !== shardOf(after, feed, 1)[0]);
    expect(moved.every((feed) => shardOf(after, feed, 1)[0] === 'i')).toBe(true);
    expect(moved.length / feeds.length).toBeGreaterThan(0.06);
    expect(moved.length / feeds.length).toBeLessThan(0.17);
  });

  it('spreads what is for no feed over all instances', () => {
    const policy = new Rendezvous({ shardSize: 1, random: drawsFrom(9) });
    const candidates = ids.map((id) => candidate(id));
    const got = new Set(Array.from({ length: 200 }, () => policy.select(candidates, { feed: undefined, now: 0 })?.id));
    expect(got.size).toBe(ids.length);
  });
});
