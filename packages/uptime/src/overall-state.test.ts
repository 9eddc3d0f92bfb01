import { describe, expect, it } from '@jest/globals';

import { overallState } from './overall-state.ts';
import type { NamedState } from './overall-state.ts';

const now = Date.parse('2026-11-28T15:00:00Z');
const at = (text: string): number => Date.parse(text);
const up = (title: string): NamedState => ({ title, state: 'up', since: at('2026-11-20T00:00:00Z') });
const down = (title: string): NamedState => ({ title, state: 'down', since: at('2026-11-28T14:05:00Z') });

describe('the overall state', () => {
  it('says in one sentence that all is well', () => {
    expect(overallState([up('v2'), up('v3')], now)).toEqual({
      state: 'up',
      sentence: 'All feeds work.',
      since: '2026-11-20T00:00:00.000Z',
    });
  });

  it('says what is wrong, since when, and what works', () => {
    expect(overallState([up('NuGet v3'), down('NuGet v2')], now)).toEqual({
      state: 'down',
      sentence: 'NuGet v2 is down since 14:05 UTC; everything else works.',
      since: '2026-11-28T14:05:00.000Z',
    });
  });

  it.each<{ families: readonly NamedState[]; sentence: string }>([
    { families: [down('v2'), down('v3')], sentence: 'Everything is down since 14:05 UTC.' },
    {
      families: [down('v2'), { title: 'Push', state: 'degraded', since: at('2026-11-27T23:00:00Z') }, up('v3')],
      sentence:
        'v2 is down since 14:05 UTC; Push is slow or fails in part since 2026-11-27 23:00 UTC; everything else works.',
    },
    { families: [{ title: 'v2', state: 'unknown', since: null }], sentence: 'Nothing is known of v2.' },
    {
      families: [{ title: 'v2', state: 'maintenance', since: at('2026-11-28T14:00:00Z') }, up('v3')],
      sentence: 'v2 is under planned maintenance since 14:00 UTC; everything else works.',
    },
    {
      families: ['a', 'b', 'c', 'd', 'e'].map(down).concat(up('f')),
      sentence: 'a, b and 3 more are down since 14:05 UTC; everything else works.',
    },
    { families: [], sentence: 'No feeds are known yet.' },
  ])('$sentence', ({ families, sentence }) => {
    expect(overallState(families, now).sentence).toBe(sentence);
  });
});
