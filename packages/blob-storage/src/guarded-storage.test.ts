import { beforeEach, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError } from '@feedfleet/problems';
import { GuardedStorage } from './guarded-storage.ts';
import type { ObjectStorage } from './object-storage.ts';
import { networkFailure, statusFailure } from './storage-failure.ts';
import type { StorageFailure } from './storage-failure.ts';

/** A storage that does as the test says. */
class ToldStorage implements ObjectStorage {
  readonly title = 'the storage of the test';
  calls = 0;
  answer: () => Promise<undefined> = () => Promise.resolve(undefined);
  body: () => Readable = () => Readable.from([]);
  sizeBytes = 0;

  facts(): Promise<undefined> {
    this.calls += 1;
    return this.answer();
  }

  async read(): Promise<{ readonly sizeBytes: number; readonly body: Readable }> {
    await this.facts();
    return { sizeBytes: this.sizeBytes, body: this.body() };
  }

  async write(): Promise<'written'> {
    await this.facts();
    return 'written';
  }

  remove(): Promise<undefined> {
    return this.facts();
  }

  failureOf(error: unknown): StorageFailure {
    return networkFailure(error, undefined);
  }

  close(): void {
    this.answer = () => Promise.reject(new Error('closed'));
  }
}

const refused = (): Promise<never> => Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
const unavailable = { code: 'FF_STORAGE_UNAVAILABLE' };
const FILE = { path: '/nowhere', sizeBytes: 1, sha512: '' };

let storage: ToldStorage;
let nowMs = 0;
let guarded: GuardedStorage;
beforeEach(() => {
  storage = new ToldStorage();
  nowMs = 0;
  guarded = new GuardedStorage({
    ...{ storage, timeoutMs: 100, maxConcurrent: 2, metrics: { ended: () => undefined } },
    log: { warn: () => undefined, info: () => undefined },
    ...{ now: () => nowMs, random: () => 0 },
  });
});

async function failFiveTimes(): Promise<void> {
  storage.answer = refused;
  for (let times = 0; times < 5; times += 1) await expect(guarded.facts('x')).rejects.toMatchObject(unavailable);
}

describe('a guarded storage', () => {
  it('is not asked after five failures in a row, and says why and for how long', async () => {
    await failFiveTimes();
    await expect(guarded.facts('x')).rejects.toMatchObject({
      ...unavailable,
      detail: 'nobody listens at the address of the storage (the storage of the test)',
      retryAfterSeconds: 1,
    });
    expect(storage.calls).toBe(5);
    expect(guarded.breakersOpen()).toBe(1);
  });

  it('is asked by one request when its time is over, however many there are', async () => {
    await failFiveTimes();
    nowMs += 1_000;
    const answer = Promise.withResolvers<undefined>();
    storage.answer = () => answer.promise;
    const asked = Array.from({ length: 10 }, () => guarded.facts('x'));
    const outcomes = Promise.allSettled(asked);
    answer.resolve(undefined);
    const fulfilled = (await outcomes).filter(({ status }) => status === 'fulfilled');
    expect(fulfilled).toHaveLength(1);
    expect(storage.calls).toBe(6);
    await Promise.all([guarded.facts('x'), guarded.facts('x')]);
    expect(guarded.breakersOpen()).toBe(0);
  });

  it('is read on when it is not written to', async () => {
    storage.answer = refused;
    for (let times = 0; times < 5; times += 1) {
      await expect(guarded.write('x', FILE, { kind: 'absent' })).rejects.toMatchObject(unavailable);
    }
    expect(guarded.writeRefusal()).toMatchObject(unavailable);
    storage.answer = () => Promise.resolve(undefined);
    await expect(guarded.facts('x')).resolves.toBeUndefined();
  });

  it.each([
    [403, 'AccessDenied'],
    [409, 'BlobImmutableDueToPolicy'],
  ])('is written to on, however many removals it refuses with %d', async (status, code) => {
    storage.answer = () => Promise.reject(statusFailure({ status, code, retryAfter: undefined }, undefined));
    for (let times = 0; times < 10; times += 1) await expect(guarded.remove('x')).rejects.toMatchObject(unavailable);
    expect(guarded.writeRefusal()).toBeUndefined();
  });

  it.each([429, 503])('is not written to when it answers removals with %d', async (status) => {
    storage.answer = () => Promise.reject(statusFailure({ status, code: '', retryAfter: undefined }, undefined));
    for (let times = 0; times < 5; times += 1) await expect(guarded.remove('x')).rejects.toMatchObject(unavailable);
    expect(guarded.writeRefusal()).toMatchObject(unavailable);
  });

  it('has no more requests under way than it may, and lets nobody wait for ever', async () => {
    storage.answer = () => new Promise(() => undefined);
    const asked = Array.from({ length: 4 }, () => guarded.facts('x'));
    const outcomes = await Promise.allSettled(asked);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected', 'rejected']);
    expect(storage.calls).toBeLessThanOrEqual(4);
  });

  it('is given up when it trickles', async () => {
    storage.sizeBytes = 1_000;
    storage.body = () =>
      Readable.from(
        (async function* () {
          for (;;) {
            await delay(20);
            yield Buffer.from('.');
          }
        })(),
      );
    const reading = guarded.read('x', async ({ body }) => {
      for await (const chunk of body) expect(chunk).toHaveLength(1);
    });
    await expect(reading).rejects.toMatchObject({ detail: expect.stringContaining('the storage is too slow') });
  });

  it('has failed when it sends less than it said', async () => {
    storage.sizeBytes = 10;
    storage.body = () => Readable.from([Buffer.from('123')]);
    const reading = guarded.read('x', async ({ body }) => {
      for await (const chunk of body) expect(chunk).toHaveLength(3);
    });
    await expect(reading).rejects.toMatchObject({ detail: expect.stringContaining('broke the connection off') });
  });

  it('is not blamed for a disk that is full', async () => {
    storage.body = () => Readable.from([]);
    for (let times = 0; times < 6; times += 1) {
      const reading = guarded.read('x', () => Promise.reject(new ProblemError('storeUnavailable')));
      await expect(reading).rejects.toMatchObject({ code: 'FF_STORE_UNAVAILABLE' });
    }
    expect(guarded.breakersOpen()).toBe(0);
  });
});
