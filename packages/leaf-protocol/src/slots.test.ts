import { describe, expect, it } from '@jest/globals';

import { Slots } from './slots.ts';

const { signal } = new AbortController();
const patient = { timeoutMs: 60_000, signal };

describe('slots', () => {
  it('go to those who wait in the order in which they came', async () => {
    const slots = new Slots({ count: 1, maxWaiting: 2 });
    const order: string[] = [];
    const give = await slots.take(patient);
    const waiting = ['first', 'second'].map(async (name) => {
      const giveNext = await slots.take(patient);
      order.push(name);
      giveNext();
    });
    give();
    await Promise.all(waiting);
    expect(order).toEqual(['first', 'second']);
  });

  it('are given back once', async () => {
    const slots = new Slots({ count: 1, maxWaiting: 0 });
    const give = await slots.take(patient);
    give();
    give();
    await slots.take(patient);
    await expect(slots.take(patient)).rejects.toMatchObject({ code: 'FF_OVERLOADED' });
  });

  it('are waited for no longer than the time or the asker allows, and then by nobody', async () => {
    const slots = new Slots({ count: 1, maxWaiting: 2 });
    const give = await slots.take(patient);
    const leaving = new AbortController();
    const waits = Promise.allSettled([
      slots.take({ timeoutMs: 1, signal }),
      slots.take({ timeoutMs: 60_000, signal: leaving.signal }),
    ]);
    leaving.abort(new Error('gone'));
    expect(await waits).toMatchObject([{ reason: { code: 'FF_SOURCE_TIMEOUT' } }, { reason: { message: 'gone' } }]);
    give();
    await slots.take({ timeoutMs: 1, signal });
  });
});
