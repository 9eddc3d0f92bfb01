import { describe, expect, it } from '@jest/globals';

import { settled } from './settled.ts';

describe('a count that is to settle', () => {
  it('is what it is when it is the same twice in a row', async () => {
    const counts = [3, 5, 9, 9, 12];
    await expect(
      settled(
        () => Promise.resolve(counts.shift() ?? NaN),
        () => Promise.resolve(),
      ),
    ).resolves.toBe(9);
    expect(counts).toEqual([12]);
  });

  it('is given up after 20 looks', async () => {
    let looks = 0;
    await expect(
      settled(
        () => Promise.resolve((looks += 1)),
        () => Promise.resolve(),
      ),
    ).resolves.toBeUndefined();
    expect(looks).toBe(20);
  });

  it('is not waited for any more once the pause is broken off', async () => {
    let looks = 0;
    const brokenOff = (): Promise<void> => Promise.reject(new Error('broken off'));
    await expect(settled(() => Promise.resolve((looks += 1)), brokenOff)).rejects.toThrow('broken off');
    expect(looks).toBe(1);
  });
});
