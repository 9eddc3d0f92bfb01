/** The suite that every selection policy passes. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { drawsFrom } from './seeded-draws.ts';
import type { Candidate, SelectionPolicy } from './selection-policy.ts';

/** A candidate of which all is what a test says. */
export function candidate(id: string, rest: Partial<Candidate> = {}): Candidate {
  return { id, weight: 100, inFlight: 0, latencyAt: () => undefined, rampAt: () => 1, ...rest };
}

export interface Choosing {
  readonly requests: number;
  readonly feedOf?: (request: number) => string;
}

/** How many of the requests each candidate gets, by id. */
export function shares(
  policy: SelectionPolicy,
  candidates: readonly Candidate[],
  { requests, feedOf = (request) => `feed-${request}` }: Choosing,
): ReadonlyMap<string, number> {
  const counts = new Map(candidates.map(({ id }) => [id, 0]));
  for (let request = 0; request < requests; request++) {
    const chosen = policy.select(candidates, { feed: feedOf(request), now: request });
    if (chosen !== undefined) counts.set(chosen.id, (counts.get(chosen.id) ?? 0) + 1);
  }
  return counts;
}

const REQUESTS = 3_000;

export function describeSelectionPolicy(name: string, make: (random: () => number) => SelectionPolicy): void {
  describe(name, () => {
    it('has nobody to choose where there is nobody, and the only one where there is one', () => {
      const policy = make(drawsFrom(1));
      const only = candidate('a');
      const nobody: readonly Candidate[] = [];
      expect(policy.select(nobody, { feed: 'f', now: 0 })).toBeUndefined();
      expect(policy.select([only], { feed: 'f', now: 0 })).toBe(only);
    });

    it('chooses one of those that it is given, whoever they are', () => {
      const member = fc.record({
        weight: fc.integer({ min: 1, max: 1_000 }),
        inFlight: fc.integer({ min: 0, max: 500 }),
        latencyMs: fc.option(fc.double({ min: 0, max: 60_000, noNaN: true }), { nil: undefined }),
        ramp: fc.double({ min: 0.1, max: 1, noNaN: true }),
      });
      const feed = fc.option(fc.string(), { nil: undefined });
      const members = fc.array(member, { minLength: 1, maxLength: 12 });
      fc.assert(
        fc.property(members, feed, fc.nat(), (given, of, seed) => {
          const candidates = given.map(({ weight, inFlight, latencyMs, ramp }, index) =>
            candidate(`i${index}`, { weight, inFlight, latencyAt: () => latencyMs, rampAt: () => ramp }),
          );
          const chosen = make(drawsFrom(seed)).select(candidates, { feed: of, now: 0 });
          expect(candidates).toContain(chosen);
        }),
      );
    });

    it('gives each at rest the share of its weight, over many feeds', () => {
      const weights = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 2, maxLength: 5 });
      fc.assert(
        fc.property(weights, fc.nat(), (parts, seed) => {
          const candidates = parts.map((part, index) => candidate(`i-${index}-${seed}`, { weight: part * 100 }));
          const counts = shares(make(drawsFrom(seed)), candidates, { requests: REQUESTS });
          const total = parts.reduce((sum, part) => sum + part, 0);
          for (const { id, weight } of candidates) {
            expect(Math.abs((counts.get(id) ?? 0) / REQUESTS - weight / 100 / total)).toBeLessThan(0.06);
          }
        }),
        { numRuns: 8 },
      );
    });

    it('gives one that starts slowly less than its weight', () => {
      const candidates = [candidate('a'), candidate('b'), candidate('new', { rampAt: () => 0.1 })];
      const counts = shares(make(drawsFrom(7)), candidates, { requests: REQUESTS });
      expect(counts.get('new')).toBeGreaterThan(0);
      expect((counts.get('new') ?? 0) / REQUESTS).toBeLessThan(0.12);
    });
  });
}
