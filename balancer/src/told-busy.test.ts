import { describe, expect, it } from '@jest/globals';

import { takeToldBusy } from './told-busy.ts';

describe('what an endpoint tells of its event loop', () => {
  it('is taken out of the answer however it is spelled, and nothing else is', () => {
    const fields = ['X-FeedFleet-Busy', '97', 'Accept-Encoding', 'gzip', 'x-feedfleet-fault', 'source'];
    expect(takeToldBusy(fields)).toBe(97);
    expect(fields).toEqual(['Accept-Encoding', 'gzip', 'x-feedfleet-fault', 'source']);
  });

  it.each(['', '-1', '101', '9.5', '007', 'a lot'])(
    'is nothing where it is no percentage (%j), and is taken out',
    (value) => {
      const fields = ['ETag', '"1"', 'x-feedfleet-busy', value];
      expect([takeToldBusy(fields), fields]).toEqual([undefined, ['ETag', '"1"']]);
    },
  );

  it('is the first of several, all of which are taken out', () => {
    const fields = ['x-feedfleet-busy', '1', 'x-feedfleet-busy', '2'];
    expect([takeToldBusy(fields), fields]).toEqual([1, []]);
  });
});
