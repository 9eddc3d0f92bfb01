/** The header: what is written can be read, and nothing that is sent can make the reader fail or see less. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  chainVariant,
  FEEDCHAIN_BOUNDS,
  FEEDCHAIN_HEADER,
  feedChainProblem,
  readFeedChain,
  writeFeedChain,
} from './feed-chain.ts';
import type { ReadableChain, ReceivedChain, WrittenChain } from './feed-chain.ts';
import { FleetChain } from './fleet-chain.ts';
import { fleetOf } from './graph-fixture.ts';

const nowMs = Date.parse('2030-06-01T00:00:00Z');
const fleet = fleetOf('a');
const other = fleetOf('b');
const none: ReceivedChain = { outcome: 'none' };

const read = (value: string, targetFeedId = 'feed-b', at = nowMs): ReceivedChain =>
  readFeedChain(['Host', 'x', 'X-NuGet-FeedChain', value], { fleet, nowMs: at, targetFeedId });

function chain(received: ReceivedChain): ReadableChain {
  if (received.outcome !== 'chain') throw new Error(JSON.stringify(received));
  return received;
}

function text(written: WrittenChain): string {
  if (written.outcome !== 'written') throw new Error(written.detail);
  return written.text;
}

const step = { fleet, feedId: 'feed-a', deadlineMs: nowMs + 10_000, breadth: 100 };

describe('the feed chain header', () => {
  it('is read as it was written: by whom, for whom, how far and until when', () => {
    const first = text(writeFeedChain(none, step));
    expect(chain(read(first))).toMatchObject({
      own: [{ token: fleet.tokenOf('feed-a'), hops: 1, breadth: 100, deadlineMs: nowMs + 10_000, leafOf: null }],
      isLeaf: false,
      depth: 1,
      breadth: 100,
      text: first,
    });
    const second = text(writeFeedChain(read(first), { ...step, feedId: 'feed-b', leafOf: 'feed-c' }));
    const received = chain(read(second, 'feed-c'));
    expect(received).toMatchObject({ isLeaf: true, depth: 2, breadth: 100 });
    expect(received.own.map(({ token }) => token)).toEqual([fleet.tokenOf('feed-a'), fleet.tokenOf('feed-b')]);
    expect(received.own.at(-1)).toMatchObject({ breadth: 0, leafOf: fleet.tokenOf('feed-c') });
  });

  it('names no feed and no id of one', () => {
    const written = text(writeFeedChain(none, { ...step, feedId: 'feed-secret', leafOf: 'feed-hidden' }));
    expect(written).not.toMatch(/secret|hidden/);
    expect(fleet.tokenOf('feed-secret')).not.toBe(other.tokenOf('feed-secret'));
  });

  it('is a leaf for the feed that it was made for only, as the last element, after what it was appended to', () => {
    const first = text(writeFeedChain(none, { ...step, leafOf: 'feed-b' }));
    expect(chain(read(first)).isLeaf).toBe(true);
    for (const [value, target] of [
      [first, 'feed-c'],
      [`${first}, elsewhere`, 'feed-b'],
      [`elsewhere, ${first}`, 'feed-b'],
      [`${first}, ${first}`, 'feed-b'],
    ] as const) {
      expect(chain(read(value, target))).toMatchObject({ isLeaf: false, own: [] });
    }
  });

  it('counts an expired element for depth and breadth, and refuses a leaf that nobody waits for', () => {
    const late = nowMs + 41_000;
    const loose = text(writeFeedChain(none, step));
    expect(chain(read(loose, 'feed-b', nowMs + 40_000)).own).toHaveLength(1);
    expect(chain(read(loose, 'feed-b', late))).toMatchObject({ own: [], depth: 1, breadth: 100 });
    const leaf = text(writeFeedChain(none, { ...step, leafOf: 'feed-b' }));
    const received = read(leaf, 'feed-b', late);
    expect(received.outcome).toBe('expired');
    expect(feedChainProblem(received)).toMatchObject({ status: 504, code: 'FF_DEADLINE_EXCEEDED' });
  });

  it('keeps its depth when somebody on the way takes the others out', () => {
    const long = Array.from({ length: 9 }, (_, index) => `stop-${index}`).join(', ');
    const written = text(writeFeedChain(read(long), step));
    const [last = ''] = written.split(', ').slice(-1);
    expect(chain(read(last))).toMatchObject({ depth: 10, elements: [{ id: fleet.tokenOf('feed-a') }] });
  });

  it('is written within its bounds or not at all', () => {
    const full = Array.from({ length: FEEDCHAIN_BOUNDS.maxElements }, (_, index) => `stop-${index}`).join(',');
    expect(writeFeedChain(read(full), step)).toMatchObject({ outcome: 'tooLong' });
    const wide = `stop;note="${'x'.repeat(2000)}"`;
    expect(writeFeedChain(read(wide), step)).toMatchObject({ outcome: 'tooLong' });
    expect(writeFeedChain(read('stop'), step)).toMatchObject({ outcome: 'written' });
  });

  it('takes any text without failing, and what it reads it reads again from what it would send on', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom(
        ',',
        ';',
        '=',
        '"',
        '\\',
        ' ',
        '\t',
        'a',
        'ff-x',
        'leaf=',
        'mac="',
        text(writeFeedChain(none, step)),
      ),
    );
    fc.assert(
      fc.property(fc.array(fc.array(piece, { maxLength: 20 }), { maxLength: 4 }), (lines) => {
        const rawHeaders = lines.flatMap((line) => [FEEDCHAIN_HEADER, line.join('')]);
        const received = readFeedChain(rawHeaders, { fleet, nowMs, targetFeedId: 'feed-b' });
        expect(feedChainProblem(received)?.status).toBe(
          { none: undefined, chain: undefined, malformed: 400, tooLong: 508, expired: 504 }[received.outcome],
        );
        if (received.outcome === 'chain' && received.text.length <= FEEDCHAIN_BOUNDS.maxCharacters) {
          expect(read(received.text)).toEqual(received);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('round-trips any elements, whatever their parameters hold', () => {
    const token = fc.string({
      unit: fc.constantFrom(...Array.from("abzAZ09!#$%&'*+-.^_`|~")),
      minLength: 1,
      maxLength: 8,
    });
    const value = fc.string({ unit: fc.constantFrom(...Array.from('ab ,;="\\\t\u00e9')), maxLength: 8 });
    const element = fc.tuple(token, fc.array(fc.tuple(token, value), { maxLength: 3 }));
    fc.assert(
      fc.property(fc.array(element, { minLength: 1, maxLength: 10 }), (elements) => {
        const quoted = (each: string): string => `"${each.replace(/["\\]/g, '\\$&')}"`;
        const sent = elements.map(([id, all]) =>
          [id, ...all.map(([name, each]) => `${name}=${quoted(each)}`)].join(' ; '),
        );
        const received = chain(read(sent.join(' ,, ')));
        expect(received.elements).toEqual(
          elements.map(([id, all]) => ({
            id,
            parameters: all.map(([name, each]) => ({ name: name.toLowerCase(), value: each })),
          })),
        );
        expect(received.own).toEqual([]);
      }),
    );
  });

  it('has the same variant whenever the same feeds are in it', () => {
    const first = text(writeFeedChain(none, step));
    const later = text(writeFeedChain(none, { ...step, deadlineMs: nowMs + 99_000, breadth: 3 }));
    expect(chainVariant(first)).toBe(chainVariant(later));
    expect(chainVariant(`x, ${first}`)).not.toBe(chainVariant(first));
    expect([chainVariant(''), chainVariant('a b')]).toEqual(['', '']);
  });

  it('wants a key that cannot be guessed', () => {
    expect(() => new FleetChain(Buffer.alloc(31))).toThrow(/at least 32 bytes, got 31/);
  });
});
