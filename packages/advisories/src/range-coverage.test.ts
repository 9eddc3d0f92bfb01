import { describe, expect, it } from '@jest/globals';
import { parseRange, parseVersion, satisfies } from '@feedfleet/versioning';
import fc from 'fast-check';

import { coverageOf } from './range-coverage.ts';

describe('coverage', () => {
  it('has exactly the versions that any of the ranges has', () => {
    const end = fc.option(fc.integer({ min: 1, max: 8 }), { nil: null });
    const range = fc.record({ min: end, max: end, opens: fc.boolean(), closes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(range, { maxLength: 6 }), fc.integer({ min: 0, max: 9 }), (given, major) => {
        const ranges = given
          .map(({ min, max, opens, closes }) => {
            const text = [
              opens && min !== null ? '[' : '(',
              min ?? '',
              ', ',
              max ?? '',
              closes && max !== null ? ']' : ')',
            ];
            return parseRange(text.join(''));
          })
          .filter((one) => one !== undefined);
        const version = parseVersion(`${major}.0.0`);
        if (version === undefined) throw new TypeError('no version');
        expect(coverageOf(ranges)(version)).toBe(ranges.some((one) => satisfies(one, version)));
      }),
      { numRuns: 2000 },
    );
  });
});
