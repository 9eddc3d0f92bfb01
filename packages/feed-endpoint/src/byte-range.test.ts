import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import { parseByteRange } from './byte-range.ts';

describe('Range', () => {
  it.each([
    ['bytes=0-0', 0, 0],
    ['bytes=0-', 0, 999],
    ['BYTES=100-199', 100, 199],
    ['bytes=990-5000', 990, 999],
    ['bytes=-10', 990, 999],
    ['bytes=-5000', 0, 999],
    ['bytes= 5-6 ', 5, 6],
  ])('%s of 1000 bytes is %d to %d', (header, start, end) => {
    expect(parseByteRange(header, 1000)).toEqual({ outcome: 'part', start, end });
  });

  it.each(['bytes=1000-', 'bytes=5000-6000', 'bytes=-0'])('%s of 1000 bytes cannot be given', (header) => {
    expect(parseByteRange(header, 1000)).toEqual({ outcome: 'unsatisfiable' });
  });

  it.each([undefined, '', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=0-1,3-4', 'lines=1-2', 'bytes=a-b', 'bytes=1'])(
    '%s is ignored',
    (header) => {
      expect(parseByteRange(header, 1000)).toEqual({ outcome: 'whole' });
    },
  );

  it('never leaves the content, whatever is sent', () => {
    const bound = fc.oneof(fc.constant(''), fc.nat(3000).map(String));
    fc.assert(
      fc.property(bound, bound, fc.nat(2000), (first, last, size) => {
        const range = parseByteRange(`bytes=${first}-${last}`, size);
        return range.outcome !== 'part' || (range.start >= 0 && range.start <= range.end && range.end < size);
      }),
    );
  });
});
