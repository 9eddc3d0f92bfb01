import { describe, expect, it } from '@jest/globals';
import { PushGate } from './push-gate.ts';

const never = new AbortController().signal;

describe('the places for pushes', () => {
  it('are given to those who wait, in order, and refused past the queue', async () => {
    const gate = new PushGate({ maxConcurrent: 1, maxQueued: 2 });
    const order: string[] = [];
    const leaveFirst = await gate.enter(never);
    const second = gate.enter(never).then((leave) => {
      order.push('second');
      return leave;
    });
    const third = gate.enter(never).then((leave) => {
      order.push('third');
      return leave;
    });
    await expect(gate.enter(never)).rejects.toMatchObject({ code: 'FF_OVERLOADED', retryAfterSeconds: 5 });
    expect([gate.running, gate.queued]).toEqual([1, 2]);
    leaveFirst();
    leaveFirst();
    (await second)();
    (await third)();
    expect(order).toEqual(['second', 'third']);
    expect([gate.running, gate.queued]).toEqual([0, 0]);
  });

  it('are not waited for any longer by those who went away', async () => {
    const gate = new PushGate({ maxConcurrent: 1, maxQueued: 1 });
    const leave = await gate.enter(never);
    const gone = new AbortController();
    const waiting = gate.enter(gone.signal);
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    await expect(gate.enter(gone.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(gate.queued).toBe(0);
    leave();
    expect(gate.running).toBe(0);
  });
});
