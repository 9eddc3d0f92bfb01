import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { ByteBoundedCache } from './byte-bounded-cache.ts';

const OVERHEAD = 300 + 2;

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

  it('never holds more than its bound, whatever comes in, and counts what it holds', () => {
    const operations = fc.array(
      fc.tuple(
        fc.constantFrom('set', 'get', 'delete'),
        fc.integer({ min: 0, max: 20 }),
        fc.integer({ min: 0, max: 4000 }),
      ),
      { maxLength: 200 },
    );
    fc.assert(
      fc.property(operations, (steps) => {
        const cache = new ByteBoundedCache<object>(10_000);
        const model = new Map<string, object>();
        for (const [operation, index, bytes] of steps) {
          const key = `key ${index}`;
          if (operation === 'set') {
            const value = { index };
            if (cache.set(key, value, bytes)) model.set(key, value);
            else model.delete(key);
          } else if (operation === 'delete') {
            cache.delete(key);
            model.delete(key);
          } else {
            const found = cache.get(key);
            expect(found === undefined || found === model.get(key)).toBe(true);
          }
          expect(cache.bytes).toBeLessThanOrEqual(10_000);
        }
        for (const key of model.keys()) cache.delete(key);
        expect([cache.bytes, cache.size]).toEqual([0, 0]);
      }),
    );
  });

  it('keeps under any name, also one that every object has', () => {
    const cache = new ByteBoundedCache<string>(10_000);
    expect(cache.get('constructor')).toBeUndefined();
    cache.delete('constructor');
    cache.set('constructor', 'kept', 10);
    expect([cache.get('constructor'), cache.size]).toEqual(['kept', 1]);
  });
});
