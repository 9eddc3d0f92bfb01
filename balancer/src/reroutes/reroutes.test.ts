import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { rerouteSchema } from '@feedfleet/registry-client';
import type { Reroute } from '@feedfleet/registry-client';
import type { Traffic } from '../traffic.ts';
import { servingFamily } from './reroutes.ts';

const NOW = Date.parse('2030-01-01T00:00:00Z');
const traffic: Traffic = { family: 'default', class: 'people', feed: 'f1', isIdempotent: true, isWrite: false };

function reroute(rest: Partial<Reroute> = {}): Reroute {
  return rerouteSchema.parse({
    ...{ id: 'r1', family: 'default', to: 'v2', feed: null, percent: 100, reason: '', until: null },
    ...{ createdAt: '2029-01-01T00:00:00Z', actor: 'operator', ...rest },
  });
}

function served(
  reroutes: readonly Reroute[],
  rest: { requestId?: string; now?: number; feed?: string; family?: string } = {},
) {
  const { requestId = 'request', now = NOW, ...of } = rest;
  return servingFamily({ traffic: { ...traffic, ...of }, fleet: { reroutes }, requestId, now });
}

describe('the family that serves a request', () => {
  it('is its own without a reroute, and with one for another family', () => {
    expect([served([]), served([reroute({ family: 'v3' })])]).toEqual(['default', 'default']);
  });

  it('is the one that the family is rerouted to, and does not go on from there', () => {
    expect(served([reroute(), reroute({ id: 'r2', family: 'v2', to: 'v3' })])).toBe('v2');
  });

  it('is decided by the reroute of the feed where there is one, whatever their order', () => {
    const ofFeed = reroute({ id: 'r2', to: 'v3', feed: 'f1' });
    expect([served([reroute(), ofFeed]), served([ofFeed, reroute()])]).toEqual(['v3', 'v3']);
    expect(served([reroute(), ofFeed], { feed: 'f2' })).toBe('v2');
    expect(served([ofFeed], { feed: 'f2' })).toBe('default');
  });

  it('is its own again at the instant at which the reroute ends', () => {
    const ending = [reroute({ until: '2030-01-01T00:00:00Z' })];
    expect([served(ending, { now: NOW - 1 }), served(ending)]).toEqual(['v2', 'default']);
  });

  it('is that of the reroute for all feeds once the one of the feed is over', () => {
    const ofFeed = reroute({ id: 'r2', to: 'v3', feed: 'f1', until: '2030-01-01T00:00:00Z' });
    expect(served([reroute(), ofFeed])).toBe('v2');
  });
});

describe('a share of the requests', () => {
  it('of one feed leaves the rest to the reroute for all feeds, in its proportion', () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `k3J-d_f9aQ2x-${index.toString(36)}`);
    const ofFeed = reroute({ id: 'r2', to: 'v3', feed: 'f1', percent: 20 });
    const percentOf = (percent: number, to: string): number =>
      ids.filter((requestId) => served([reroute({ percent }), ofFeed], { requestId }) === to).length / 100;
    expect(percentOf(100, 'default')).toBe(0);
    for (const [to, percent] of Object.entries({ v3: 20, v2: 40, default: 40 })) {
      expect(Math.abs(percentOf(50, to) - percent)).toBeLessThan(2);
    }
  });

  it('is about as large as it is said to be', () => {
    const at = (percent: number): number => {
      const ids = Array.from({ length: 10_000 }, (_, index) => `k3J-d_f9aQ2x-${index.toString(36)}`);
      return ids.filter((requestId) => served([reroute({ percent })], { requestId }) === 'v2').length / 100;
    };
    for (const percent of [1, 10, 50, 90, 99]) expect(Math.abs(at(percent) - percent)).toBeLessThan(2);
    expect(at(100)).toBe(100);
  });

  it('has the same requests each time, and keeps those that it has when it grows', () => {
    const share = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), share, share, (requestId, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const [small, large] = [less, more].map((percent) => served([reroute({ percent })], { requestId }));
        expect(served([reroute({ percent: less })], { requestId })).toBe(small);
        if (small === 'v2') expect(large).toBe('v2');
      }),
    );
  });
});
