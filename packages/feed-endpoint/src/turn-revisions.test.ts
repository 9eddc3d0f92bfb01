import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, it } from '@jest/globals';

import { TurnRevisions } from './turn-revisions.ts';

describe('TurnRevisions', () => {
  it('asks once a feed and turn, and again at the next turn', async () => {
    const asked: string[] = [];
    const revisions = new TurnRevisions({ revisionOf: (feedId) => asked.push(feedId) });
    expect([revisions.revisionOf('a'), revisions.revisionOf('a'), revisions.revisionOf('b')]).toEqual([1, 1, 2]);
    await nextTurn();
    expect([revisions.revisionOf('a'), revisions.revisionOf('b'), revisions.revisionOf('b')]).toEqual([3, 4, 4]);
  });

  it('keeps nothing of a store that could not say', () => {
    let fails = true;
    const revisions = new TurnRevisions({
      revisionOf: () => {
        if (fails) throw new Error('no store');
        return 7;
      },
    });
    expect(() => revisions.revisionOf('a')).toThrow('no store');
    fails = false;
    expect(revisions.revisionOf('a')).toBe(7);
  });
});
