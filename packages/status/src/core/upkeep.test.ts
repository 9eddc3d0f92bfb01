import { describe, expect, it } from '@jest/globals';

import { openUpkeep } from './upkeep.ts';

/** Runs until so many seconds have passed, which takes no time. */
async function runFor(seconds: number, work: Partial<Record<'look' | 'sumUp' | 'removeOld', () => void>>) {
  let now = 0;
  const counts = { look: 0, sumUp: 0, removeOld: 0 };
  const errors: unknown[] = [];
  const done = Promise.withResolvers<undefined>();
  const count = (name: keyof typeof counts) => (): Promise<void> => {
    counts[name] += 1;
    return new Promise((resolve) => {
      work[name]?.();
      resolve();
    });
  };
  const upkeep = openUpkeep({
    work: {
      look: () => {
        counts.look += 1;
        work.look?.();
      },
      sumUp: count('sumUp'),
      removeOld: count('removeOld'),
    },
    clock: {
      now: () => now,
      sleep: async (milliseconds) => {
        now += milliseconds;
        if (now < seconds * 1000) return;
        done.resolve(undefined);
        await new Promise((_resolve, reject) => setImmediate(reject, new Error('stopped')));
      },
    },
    log: { error: (_message, error) => errors.push(error) },
  });
  upkeep.start();
  await done.promise;
  await upkeep.stop();
  return { counts, errors };
}

describe('the upkeep of the status process', () => {
  it('looks each second, sums up each minute and removes each hour, beginning at once', async () => {
    const { counts } = await runFor(7200, {});
    expect(counts).toEqual({ look: 7200, sumUp: 120, removeOld: 2 });
  });

  it('goes on after a failure, tries again the next second, and tells of it once', async () => {
    let left = 3;
    const sumUp = (): void => {
      left -= 1;
      if (left >= 0) throw new Error('of the test');
    };
    const { counts, errors } = await runFor(10, { sumUp });
    expect(counts).toEqual({ look: 10, sumUp: 4, removeOld: 1 });
    expect(errors).toHaveLength(1);
  });
});
