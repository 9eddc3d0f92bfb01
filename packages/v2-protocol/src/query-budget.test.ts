import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@feedfleet/problems';
import { QueryBudget } from './query-budget.ts';

const NEVER = new AbortController().signal;

function problemOf(work: () => void): ProblemError {
  try {
    work();
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** A clock that tests set, in milliseconds. */
function clock(): { now: number; readonly read: () => number } {
  const state = { now: 0, read: () => state.now };
  return state;
}

describe('the rows of a query', () => {
  it('are 50,000 in all', () => {
    const budget = new QueryBudget(NEVER);
    for (let chunk = 0; chunk < 100; chunk += 1) budget.spend(500);
    expect(budget.rest).toBe(0);
    const { code, detail } = problemOf(() => budget.spend(1));
    expect(code).toBe('FF_INVALID_QUERY');
    expect(detail).toContain('expected a query that looks at no more than 50000 versions');
    expect(detail).toContain("forms that work: Packages()?$filter=Id eq 'X'");
  });
});

describe('the time of a query', () => {
  it('is given to others every five milliseconds', async () => {
    const time = clock();
    const budget = new QueryBudget(NEVER, time.read);
    time.now = 5;
    expect(budget.isDue()).toBe(false);
    time.now = 5.1;
    expect(budget.isDue()).toBe(true);
    let turns = 0;
    setImmediate(() => (turns += 1));
    await budget.pause();
    expect([turns, budget.isDue()]).toEqual([1, false]);
  });

  it('is five seconds of work, without what others took in between', async () => {
    const time = clock();
    const budget = new QueryBudget(NEVER, time.read);
    const work = async (milliseconds: number): Promise<void> => {
      time.now += milliseconds;
      const paused = budget.pause();
      // While others have their turn.
      time.now += 60_000;
      await paused;
    };
    await work(2_500);
    await work(2_500);
    await expect(work(6)).rejects.toMatchObject({
      code: 'FF_INVALID_QUERY',
      detail: expect.stringContaining('expected a query of at most 5000 ms'),
    });
  });

  it('leaves out what package sources and other requests took meanwhile', async () => {
    const time = clock();
    const budget = new QueryBudget(NEVER, time.read);
    const slow = async (): Promise<string> => {
      await Promise.resolve();
      time.now += 60_000;
      return 'answer';
    };
    time.now += 2_500;
    expect(await budget.waited(slow())).toBe('answer');
    await budget.pause();
    time.now += 2_500;
    await expect(budget.waited(Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    time.now += 1;
    await expect(budget.pause()).rejects.toMatchObject({ code: 'FF_INVALID_QUERY' });
  });

  it('ends when nobody waits any more', async () => {
    const time = clock();
    const gone = new AbortController();
    const budget = new QueryBudget(gone.signal, time.read);
    const reason = new Error('gone');
    gone.abort(reason);
    await expect(budget.pause()).resolves.toBeUndefined();
    time.now = 6;
    await expect(budget.pause()).rejects.toBe(reason);
  });
});
