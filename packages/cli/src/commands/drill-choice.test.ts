import { DRILL_NAMES, DRILLS } from '@feedfleet/drills';
import { ProblemError } from '@feedfleet/problems';
import { describe, expect, it } from '@jest/globals';

import { chosenDrills } from './drill-choice.ts';
import type { Wish } from './drill-choice.ts';

const OWN = 'http://127.0.0.1:5555';
const names = (wish: Partial<Wish>): readonly string[] =>
  chosenDrills(DRILLS, { name: 'all', target: undefined, isGuarded: true, ...wish }).map(({ name }) => name);

function detailOf(wish: Partial<Wish>): string | undefined {
  try {
    names(wish);
  } catch (error) {
    if (error instanceof ProblemError && error.definition.code === 'FF_USAGE') return error.detail;
    throw error;
  }
  return undefined;
}

describe('the drills that are meant', () => {
  it('are the one that is named, or all', () => {
    expect(names({ name: 'overload' })).toEqual(['overload']);
    expect(names({})).toEqual(DRILL_NAMES);
  });

  it('are those that leave it as it was, where all are to be done to a fleet that somebody uses', () => {
    expect(names({ target: OWN })).toEqual(['loop', 'dead-source', 'slow-source', 'family-crash', 'family-hang']);
  });

  it('are refused before anything is done where one that is named does not fit', () => {
    expect(detailOf({ name: 'overload', target: OWN })).toContain('overload needs a fleet that was started for it');
    expect(detailOf({ target: OWN, isGuarded: false })).toContain('--without-guard');
    expect(detailOf({ target: 'https://nuget.example.org' })).toContain('a fleet of this machine');
    expect(detailOf({ name: 'nothing' })).toContain('got "nothing"');
  });
});
