/** A leaf request of the fleet, told from everything else by those who pass it on. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { readFeedChain, writeFeedChain } from './feed-chain.ts';
import type { ReceivedChain } from './feed-chain.ts';
import { fleetOf } from './graph-fixture.ts';
import { leafDepth } from './leaf-depth.ts';

const nowMs = Date.parse('2030-06-01T00:00:00Z');
const fleet = fleetOf('a');
const check = { fleet, nowMs, targetFeedId: 'target' };

function written(text: string, step: { readonly leafOf?: string; readonly deadlineMs?: number } = {}): string {
  const chain = writeFeedChain(received(text), {
    ...{ fleet, feedId: 'asking', deadlineMs: nowMs + 5_000, breadth: 9 },
    ...step,
  });
  if (chain.outcome !== 'written') throw new Error(chain.detail);
  return chain.text;
}

const received = (text: string): ReceivedChain => readFeedChain(['X-NuGet-Feedchain', text], check);

describe('a leaf request of the fleet', () => {
  it.each([
    ['', 1],
    ['other.example', 2],
    ['[2001:db8::1]:443 ; note="asked for, by a mirror", other-host', 3],
    [written(''), 2],
  ])('is known after "%s"', (before, depth) => {
    expect(leafDepth(written(before, { leafOf: 'target' }), check)).toBe(depth);
  });

  it.each([
    ['', check],
    ['other.example', check],
    [written(''), check],
    [written('', { leafOf: 'another' }), check],
    [written('', { leafOf: 'target', deadlineMs: nowMs - 30_001 }), check],
    [written('', { leafOf: 'target' }), { ...check, fleet: fleetOf('b') }],
    [`more.example, ${written('', { leafOf: 'target' })}`, check],
    [`${written('', { leafOf: 'target' })}, more.example`, check],
    [`x;note="a, ${written('', { leafOf: 'target' })}"`, check],
    [written('', { leafOf: 'target' }).replace('hops=1', 'hops=2'), check],
    [written('', { leafOf: 'target' }).replace('hops=1', 'hops=0'), check],
  ])('is not "%s"', (text, asked) => {
    expect(leafDepth(text, asked)).toBeUndefined();
  });

  it('is one for whoever takes the chain apart, whatever was sent', () => {
    const stops = ['one.example', 'two.example:8443 ; hops=2', 'x;note="a, \\"b"', '', written(''), 'not one'];
    const before = fc.array(fc.constantFrom(...stops), { maxLength: 4 }).map((elements) => elements.join(' ,'));
    const cut = fc.tuple(fc.nat(300), fc.nat(3), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(before, fc.option(cut), (text, change) => {
        const chain = writeFeedChain(received(text), {
          ...{ fleet, feedId: 'asking', deadlineMs: nowMs, breadth: 0, leafOf: 'target' },
        });
        if (chain.outcome !== 'written') return;
        const [at, length, put] = change ?? [0, 0, ''];
        const sent = chain.text.slice(0, at) + put + chain.text.slice(at + length);
        const depth = leafDepth(sent, check);
        if (change === null) expect(depth).toBeDefined();
        if (depth !== undefined) expect(received(sent)).toMatchObject({ isLeaf: true, depth });
      }),
    );
  });
});
