import { describe, expect, it } from '@jest/globals';

import { Flights } from './flights.ts';

function controlled() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  const compute = (signal: AbortSignal): Promise<string> => {
    signals.push(signal);
    return promise;
  };
  return { compute, resolve, reject, signals };
}
const never = new AbortController().signal;

describe('Flights', () => {
  it('computes once for all who ask meanwhile, and anew for who comes later', async () => {
    const flights = new Flights<string>();
    const { compute, resolve, signals } = controlled();
    const answers = Array.from({ length: 50 }, () => flights.join('key', compute, never));
    resolve('answer');
    expect(new Set(await Promise.all(answers))).toEqual(new Set(['answer']));
    expect(signals).toHaveLength(1);
    await flights.join('key', compute, never);
    expect([signals.length, flights.size]).toEqual([2, 0]);
  });

  it('goes on for the others when one leaves, and stops when nobody is left', async () => {
    const flights = new Flights<string>();
    const { compute, signals } = controlled();
    const [first, second] = [new AbortController(), new AbortController()];
    const waiting = [flights.join('key', compute, first.signal), flights.join('key', compute, second.signal)];
    first.abort(new Error('left'));
    await expect(waiting[0]).rejects.toThrow('left');
    expect(signals[0]?.aborted).toBe(false);
    second.abort(new Error('left too'));
    await expect(waiting[1]).rejects.toThrow('left too');
    expect([signals[0]?.aborted, flights.size]).toEqual([true, 0]);
  });

  it('tells every waiter of a failure, and keeps nothing of it', async () => {
    const flights = new Flights<string>();
    const { compute, reject, signals } = controlled();
    const waiting = [flights.join('key', compute, never), flights.join('key', compute, never)];
    reject(new Error('no'));
    expect((await Promise.allSettled(waiting)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect([signals[0]?.aborted, flights.size]).toEqual([false, 0]);
  });

  it('does not start for somebody who has left already', async () => {
    const { compute, signals } = controlled();
    await expect(new Flights<string>().join('key', compute, AbortSignal.abort(new Error('gone')))).rejects.toThrow(
      'gone',
    );
    expect(signals).toHaveLength(0);
  });
});
