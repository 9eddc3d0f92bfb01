import { describe, expect, it } from '@jest/globals';

import { ByteBoundedCache } from './byte-bounded-cache.ts';

const OVERHEAD = 256 + 1;

describe('ByteBoundedCache', () => {
  it('drops the oldest of what nobody asked for when the bytes run out', () => {
    const cache = new ByteBoundedCache<string>(4 * (OVERHEAD + 100));
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key, 100);
    cache.get('a');
    cache.set('e', 'e', 100);
    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => cache.get(key) !== undefined)).toEqual(['a', 'c', 'd', 'e']);
  });

  it('drops the oldest when all were asked for, and never what comes in', () => {
    const cache = new ByteBoundedCache<string>(4 * (OVERHEAD + 100));
    for (const key of ['a', 'b', 'c', 'd']) cache.set(key, key, 100);
    for (const key of ['d', 'c', 'b', 'a']) cache.get(key);
    cache.set('e', 'e', 100);
    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => cache.get(key) !== undefined)).toEqual(['b', 'c', 'd', 'e']);
  });

  it('counts the bytes of what it holds, also when an entry takes the place of another', () => {
    const cache = new ByteBoundedCache<string>(100_000);
    cache.set('a', 'first', 1000);
    cache.set('a', 'second', 400);
    expect([cache.bytes, cache.size, cache.get('a')]).toEqual([400 + OVERHEAD, 1, 'second']);
    cache.delete('a');
    cache.delete('a');
    expect([cache.bytes, cache.size]).toEqual([0, 0]);
  });

  it('does not keep what would take more than a quarter of it, and forgets what stood there', () => {
    const cache = new ByteBoundedCache<string>(4000);
    cache.set('a', 'small', 10);
    expect(cache.set('a', 'large', 1000)).toBe(false);
    expect([cache.get('a'), cache.bytes]).toEqual([undefined, 0]);
  });

  it('keeps nothing with a bound of 0, and refuses a bound that is no number of bytes', () => {
    const cache = new ByteBoundedCache<string>(0);
    expect(cache.set('a', 'a', 0)).toBe(false);
    expect(() => new ByteBoundedCache(-1)).toThrow(expect.objectContaining({ code: 'FF_INVALID_ARGUMENT' }));
  });

  it('never holds more than its bound, whatever comes in', () => {
    const cache = new ByteBoundedCache<number>(10_000);
    for (let index = 0; index < 500; index += 1) {
      cache.set(`key ${index % 60}`, index, (index * 97) % 2200);
      expect(cache.bytes).toBeLessThanOrEqual(10_000);
    }
    expect(cache.size).toBeGreaterThan(2);
  });
});
