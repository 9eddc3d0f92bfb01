import { describe, expect, it } from '@jest/globals';

import { Bulkhead } from './bulkhead.ts';
import type { BulkheadAnswer } from './bulkhead.ts';

const never = new AbortController().signal;
const release = (answer: BulkheadAnswer): void => {
  if (answer.outcome !== 'admitted') throw new Error(answer.outcome);
  answer.release();
};

describe('a bulkhead', () => {
  it('admits so many at once, and the others in turn', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 2, maxQueued: 2, maxWaitMs: 60_000 });
    const inside = [await bulkhead.enter(never), await bulkhead.enter(never)];
    const order: number[] = [];
    const waiting = [1, 2].map(async (number) => {
      const answer = await bulkhead.enter(never);
      order.push(number);
      release(answer);
    });
    expect(bulkhead).toMatchObject({ inFlight: 2, queued: 2 });
    inside.forEach(release);
    await Promise.all(waiting);
    expect(order).toEqual([1, 2]);
    expect(bulkhead).toMatchObject({ inFlight: 0, queued: 0 });
  });

  it('refuses those whom the queue does not hold', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueued: 0, maxWaitMs: 60_000 });
    await bulkhead.enter(never);
    expect(await bulkhead.enter(never)).toEqual({ outcome: 'full' });
  });

  it('lets nobody wait longer than told, nor for those who went away', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueued: 9, maxWaitMs: 20 });
    await bulkhead.enter(never);
    expect(await bulkhead.enter(never)).toEqual({ outcome: 'waitedTooLong' });
    const controller = new AbortController();
    const waiting = bulkhead.enter(controller.signal);
    controller.abort();
    expect(await waiting).toEqual({ outcome: 'cancelled' });
    expect(await bulkhead.enter(controller.signal)).toEqual({ outcome: 'cancelled' });
    expect(bulkhead.queued).toBe(0);
  });

  it('counts a release once', async () => {
    const bulkhead = new Bulkhead({ maxConcurrent: 1, maxQueued: 0, maxWaitMs: 1 });
    const first = await bulkhead.enter(never);
    release(first);
    release(first);
    await bulkhead.enter(never);
    expect(await bulkhead.enter(never)).toEqual({ outcome: 'full' });
  });
});
