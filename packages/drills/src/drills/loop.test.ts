import { describe, expect, it } from '@jest/globals';

import { boundedWork, countOf } from './loop.ts';

describe('requests that a query took', () => {
  it('are the least of the tries, where others asked during some of them', () => {
    expect(countOf([9, 30, undefined], 9)).toBe(9);
    expect(countOf([8, 9, 12], 9)).toBe(8);
  });

  it('are too many where every try says the same', () => {
    expect(countOf([90, 90, 90], 9)).toBe(90);
    expect(countOf([90], 9)).toBe(90);
  });

  it('are not known where others asked during all of them', () => {
    expect(countOf([12, 14, 13], 9)).toBeUndefined();
    expect(countOf([12, undefined, 12], 9)).toBeUndefined();
    expect(countOf([undefined, undefined, undefined], 9)).toBeUndefined();
  });
});

describe('the law of bounded work', () => {
  const outcome = (pair: readonly (number | undefined)[], triangle: readonly (number | undefined)[]): string =>
    boundedWork([
      { shape: 'pair', asked: pair },
      { shape: 'triangle', asked: triangle },
    ]).outcome;

  it('holds where every entry took as many requests as there are other feeds', () => {
    expect(outcome([1, 1], [2, 2])).toBe('held');
  });

  it('is broken by more and by fewer, whatever else is not known', () => {
    expect([outcome([1, 2], [2, 2]), outcome([1, 1], [1, 2]), outcome([1, undefined], [2, 7])]).toEqual(
      Array(3).fill('broken'),
    );
  });

  it('is not measured where an entry is not known', () => {
    expect(outcome([1, 1], [2, undefined])).toBe('not measured');
  });
});
