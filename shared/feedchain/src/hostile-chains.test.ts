/**
 * The corpus of hostile feed chains (`hostile-chains.json`): each ends as it says, none hides a package from anybody but where a
 * verified element says that it is asked already, and none makes a name of a feed appear.
 */
import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { FEEDCHAIN_BOUNDS, feedChainProblem, readFeedChain, writeFeedChain } from './feed-chain.ts';
import { feedNamed, fleetOf, registryOf } from './graph-fixture.ts';
import { hostileText } from './hostile-chain-text.ts';
import { planHierarchy } from './plan-hierarchy.ts';

interface HostileChain {
  readonly title: string;
  /** Values of the header, one a line. Braces stand for elements that are made by the test. */
  readonly lines: readonly string[];
  /** Values of `Connection`. */
  readonly connection?: readonly string[];
  /** The header's name, where it is written in another way. */
  readonly header?: string;
  readonly outcome: 'none' | 'chain' | 'malformed' | 'tooLong' | 'expired';
  readonly depth?: number;
  /** Elements of this fleet that verify. */
  readonly own?: number;
  readonly isLeaf?: boolean;
  /** The query leaves out what verified elements say is asked already. */
  readonly prunes?: boolean;
}

const corpus = JSON.parse(
  readFileSync(new URL('./hostile-chains.json', import.meta.url), 'utf8'),
) as readonly HostileChain[];
const nowMs = Date.parse('2030-06-01T00:00:00Z');
const fleet = fleetOf('a');
const forge = { fleet, otherFleet: fleetOf('b'), nowMs, feedIdOf: (name: string) => `feed-${name}` };
const view = registryOf({
  feeds: ['alpha', 'target', 'gamma', 'hidden'],
  edges: [
    { from: 'target', to: 'gamma' },
    { from: 'target', to: 'hidden', key: 'good' },
    { from: 'gamma', to: 'https://one.example/index.json' },
    { from: 'gamma', to: 'target' },
  ],
  privateFeeds: ['hidden'],
  keys: { good: { feeds: ['hidden'] } },
});
const target = feedNamed(view, 'target');
const statuses = { none: undefined, chain: undefined, malformed: 400, tooLong: 508, expired: 504 };

/** Names and ids of feeds; not what the sender wrote. */
const names = /alpha|gamma|hidden|feed-(?:alpha|target|gamma|hidden)/;

describe('hostile feed chains', () => {
  it('are at least two hundred', () => {
    expect(corpus.length).toBeGreaterThanOrEqual(200);
  });

  it.each(corpus.map((each): [string, HostileChain] => [each.title, each]))('%s', (_, hostile) => {
    const { lines, connection = [], header = 'X-NuGet-Feedchain', outcome, isLeaf = false, prunes = false } = hostile;
    const rawHeaders = [
      ...connection.flatMap((value) => ['Connection', value]),
      ...lines.flatMap((line) => [header, hostileText(line, forge)]),
    ];
    const received = readFeedChain(rawHeaders, { fleet, nowMs, targetFeedId: target.id });
    expect(received.outcome).toBe(outcome);
    const problem = feedChainProblem(received);
    expect(problem?.status).toBe(statuses[outcome]);
    expect(JSON.stringify([problem?.toDocument(), received.outcome === 'chain' ? received.own : []])).not.toMatch(
      names,
    );
    if (received.outcome === 'chain') {
      expect(received).toMatchObject({ depth: hostile.depth, isLeaf });
      expect(received.own).toHaveLength(hostile.own ?? 0);
    }
    if (problem !== undefined || isLeaf) return;

    for (const ids of [null, ['tool']]) {
      const question = { entry: target, now: nowMs, ids, fleet };
      const whole = planHierarchy(view, { ...question, chain: { outcome: 'none' } });
      const plan = planHierarchy(view, { ...question, chain: received });
      expect(whole.contexts).toHaveLength(4);
      expect(plan.isPruned).toBe(prunes);
      expect(plan.contexts.every(({ unavailable }) => unavailable === null)).toBe(true);
      if (prunes) expect(plan.contexts.length).toBeLessThan(4);
      else expect(plan.identity).toBe(whole.identity);
    }
    const step = { fleet, feedId: target.id, deadlineMs: nowMs + 10_000, breadth: 100 };
    const written = writeFeedChain(received, step);
    if (written.outcome === 'tooLong') expect(written.detail).not.toMatch(names);
    else {
      expect(written.text).not.toMatch(names);
      expect(written.text.length).toBeLessThanOrEqual(FEEDCHAIN_BOUNDS.maxCharacters);
      expect(
        readFeedChain(['x-nuget-feedchain', written.text], { fleet, nowMs, targetFeedId: 'feed-x' }),
      ).toMatchObject({
        outcome: 'chain',
      });
    }
  });
});
