import { describe, expect, it } from '@jest/globals';

import { Turns } from './turns.ts';

describe('turns', () => {
  it('go to others when a slice of work is over, and not before', async () => {
    let time = 0;
    const turns = new Turns({ now: () => time });
    let others = 0;
    const isOther = async (): Promise<boolean> => {
      const before = others;
      const pending = setImmediate(() => (others += 1));
      await turns.pause();
      clearImmediate(pending);
      return others > before;
    };
    const had: boolean[] = [];
    for (const worked of [4, 1, 4, 3, 5]) {
      time += worked;
      had.push(await isOther());
    }
    expect(had).toEqual([false, true, false, true, true]);
  });

  it('end the work of those who are gone', async () => {
    let time = 0;
    const turns = new Turns({ now: () => time, signal: AbortSignal.abort(new Error('gone')) });
    await turns.pause();
    time = 5;
    await expect(turns.pause()).rejects.toThrow('gone');
  });
});
