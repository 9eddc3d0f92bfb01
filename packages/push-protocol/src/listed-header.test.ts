import { describe, expect, it } from '@jest/globals';
import { readListed } from './listed-header.ts';

describe('X-Feedfleet-Listed', () => {
  it('unlists with false alone, and is true when it is absent', () => {
    expect(readListed({})).toBe(true);
    expect(readListed({ 'x-feedfleet-listed': 'true' })).toBe(true);
    expect(readListed({ 'x-feedfleet-listed': 'false' })).toBe(false);
  });

  it.each(['', 'no', 'False', '0', 'true, false'])('%j is refused with what was expected', (given) => {
    expect(() => readListed({ 'x-feedfleet-listed': given })).toThrow(
      expect.objectContaining({
        definition: expect.objectContaining({ code: 'FF_INVALID_REQUEST', status: 400 }),
        detail: `X-Feedfleet-Listed: expected true or false, got ${JSON.stringify(given)}`,
      }),
    );
  });
});
