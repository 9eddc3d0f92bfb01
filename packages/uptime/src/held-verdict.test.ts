import { describe, expect, it } from '@jest/globals';
import type { Verdict } from '@feedfleet/status-model';
import fc from 'fast-check';

import { holdVerdict } from './held-verdict.ts';
import type { HeldVerdict } from './held-verdict.ts';

const letters: Readonly<Record<string, Verdict>> = { o: 'ok', s: 'slow', f: 'failed' };

/** What is held after each round: `ooff`. `-` is nothing yet. */
function heldAfter(rounds: string): string {
  let held: HeldVerdict | undefined;
  return rounds
    .split('')
    .map((letter, index) => {
      held = holdVerdict(held, { at: index, verdict: letters[letter] ?? 'ok' });
      return (held.verdict ?? '-').slice(0, 1);
    })
    .join('');
}

describe('what an observer holds', () => {
  it.each([
    { rounds: 'oooo', held: 'oooo', why: 'good from the first round' },
    { rounds: 'oofoooo', held: 'ooooooo', why: 'one bad round is forgiven' },
    { rounds: 'ooff', held: 'ooof', why: 'two bad rounds are not' },
    { rounds: 'oosf', held: 'ooos', why: 'the milder of the two' },
    { rounds: 'oosff', held: 'ooosf', why: 'two that are worse still' },
    { rounds: 'ffooo', held: '-fffo', why: 'three good rounds raise it' },
    { rounds: 'ffofoofooo', held: '-ffffffffo', why: 'three in a row' },
    { rounds: 'ffsoooo', held: '-fffsoo', why: 'first as far as the worst of the three' },
    { rounds: 'ofof', held: 'ooos', why: 'two bad ones of four are trouble, and no outage' },
    { rounds: 'f', held: '-', why: 'one bad round says nothing yet' },
    { rounds: 'fo', held: '-o', why: 'a good one does' },
  ])('$rounds: $why', ({ rounds, held }) => {
    expect(heldAfter(rounds)).toBe(held);
  });

  it('is down since the first of the two bad rounds, and up since the first of the three good ones', () => {
    const rounds: readonly Verdict[] = ['ok', 'failed', 'failed', 'failed', 'ok', 'ok', 'ok'];
    const held = rounds.map((verdict, at) => ({ at, verdict }));
    const after = (count: number) =>
      held.slice(0, count).reduce<HeldVerdict | undefined>((before, round) => holdVerdict(before, round), undefined);
    expect(after(3)).toMatchObject({ verdict: 'failed', since: 1 });
    expect(after(4)).toMatchObject({ verdict: 'failed', since: 1 });
    expect(after(7)).toMatchObject({ verdict: 'ok', since: 4 });
  });

  it('follows whatever stays: after four equal rounds it holds them', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('o', 's', 'f')), fc.constantFrom('o', 's', 'f'), (before, stays) => {
        expect(heldAfter(before.join('') + stays.repeat(4)).at(-1)).toBe(stays);
      }),
    );
  });

  it('never says failed of what has not failed twice within four rounds', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('o', 's', 'f'), { maxLength: 40 }), (rounds) => {
        const text = rounds.join('');
        const firstFailed = heldAfter(text).indexOf('f');
        const isEarned = firstFailed === -1 || text.slice(0, firstFailed + 1).endsWith('ff');
        expect(isEarned).toBe(true);
      }),
    );
  });
});
