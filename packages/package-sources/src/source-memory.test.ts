import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { SourceMemory } from './source-memory.ts';

describe('SourceMemory', () => {
  it('never holds more than its bound, and counts what it holds', () => {
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
        const memory = new SourceMemory(10_000);
        const model = new Map<string, object>();
        for (const [operation, index, bytes] of steps) {
          const key = `key ${index}`;
          if (operation === 'set') {
            const value = { index };
            if (memory.set(key, value, bytes)) model.set(key, value);
            else model.delete(key);
          } else if (operation === 'delete') {
            memory.delete(key);
            model.delete(key);
          } else {
            const found = memory.get(key);
            expect(found === undefined || found === model.get(key)).toBe(true);
          }
          expect(memory.bytes).toBeLessThanOrEqual(10_000);
        }
        for (const key of model.keys()) memory.delete(key);
        expect([memory.bytes, memory.size]).toEqual([0, 0]);
      }),
    );
  });

  it('drops what nobody asked for before what somebody did', () => {
    const memory = new SourceMemory(10_000);
    for (const key of ['a', 'b', 'c', 'd']) memory.set(key, { key }, 2000);
    memory.get('a');
    memory.set('e', { key: 'e' }, 2000);
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => memory.get(key) !== undefined)).toEqual([
      true,
      false,
      true,
      true,
      true,
    ]);
  });

  it('does not take what would fill a quarter of it', () => {
    const memory = new SourceMemory(10_000);
    expect([memory.set('a', {}, 2500), memory.size]).toEqual([false, 0]);
    expect(() => new SourceMemory(-1)).toThrow('maxBytes');
  });
});
