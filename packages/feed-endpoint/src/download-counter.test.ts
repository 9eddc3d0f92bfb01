/** How downloads get from memory to the store. */
import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { MAX_COUNTS_PER_ADD } from '@feedfleet/store';
import type { DownloadCount } from '@feedfleet/store';

import { DownloadCounter } from './download-counter.ts';

interface Counting {
  readonly counter: DownloadCounter;
  /** What the store has, by version. */
  readonly stored: Map<number, number>;
  readonly batches: number[];
  readonly log: string[];
  readonly metrics: ReturnType<typeof createMetrics>;
  revelations: number;
  /** What the store does before it takes a batch. */
  before: () => Promise<void>;
}

function counting(flushMs = 3_600_000): Counting {
  const metrics = createMetrics({ service: 'tests', instance: 'tests' });
  const state = {
    stored: new Map<number, number>(),
    batches: [],
    log: [],
    metrics,
    revelations: 0,
  } as unknown as Counting;
  state.before = () => Promise.resolve();
  const downloads = {
    add: async (counts: readonly DownloadCount[]): Promise<void> => {
      await state.before();
      state.batches.push(counts.length);
      for (const count of counts) {
        state.stored.set(count.versionKey, (state.stored.get(count.versionKey) ?? 0) + count.downloads);
      }
    },
    reveal: () => {
      state.revelations += 1;
      return Promise.resolve({ feeds: 0 });
    },
  };
  const note = (message: string): void => void state.log.push(message);
  const log = { warn: note, info: note, error: note };
  const counter = new DownloadCounter({ downloads, flushMs, revealMs: 0, log, metrics });
  return Object.assign(state, { counter });
}

function countEach({ counter }: Counting, versions: number, times = 1): void {
  for (let time = 0; time < times; time += 1) {
    for (let versionKey = 0; versionKey < versions; versionKey += 1) counter.count(versionKey);
  }
}

const total = ({ stored }: Counting): number => [...stored.values()].reduce((sum, count) => sum + count, 0);
const unavailable = (): Promise<void> => Promise.reject(new ProblemError('storeUnavailable'));

describe('downloads', () => {
  it('come to the store added up by version, in bounded batches, each once', async () => {
    const state = counting();
    countEach(state, 250, 3);
    await expect(state.counter.flush()).resolves.toBe(true);
    expect(state.batches).toEqual([MAX_COUNTS_PER_ADD, MAX_COUNTS_PER_ADD, 250 - 2 * MAX_COUNTS_PER_ADD]);
    expect(new Set(state.stored.values())).toEqual(new Set([3]));
    await state.counter.close();
    expect(total(state)).toBe(750);
  });

  it('that come while the store is being told are told the next time', async () => {
    const state = counting();
    state.counter.count(1);
    state.before = () => {
      state.before = () => Promise.resolve();
      state.counter.count(1);
      state.counter.count(2);
      return Promise.resolve();
    };
    await state.counter.flush();
    expect(total(state)).toBe(1);
    await state.counter.flush();
    expect(state.stored).toEqual(
      new Map([
        [1, 2],
        [2, 1],
      ]),
    );
    await state.counter.close();
  });

  it('are kept while the store does not answer, which is told once', async () => {
    const state = counting();
    countEach(state, 150);
    let batches = 0;
    state.before = () => ((batches += 1) === 2 ? unavailable() : Promise.resolve());
    await expect(state.counter.flush()).resolves.toBe(false);
    state.before = unavailable;
    await state.counter.flush();
    state.before = () => Promise.resolve();
    await expect(state.counter.flush()).resolves.toBe(true);
    expect([total(state), state.stored.size]).toEqual([150, 150]);
    expect(state.log).toEqual(['downloads wait to be counted', 'downloads are counted again']);
    await state.counter.close();
  });

  it('are all in the store when it is closed, also after a failure and those that came during a flush', async () => {
    const state = counting();
    state.counter.count(1);
    state.before = () => {
      state.before = () => Promise.resolve();
      state.counter.count(2);
      return unavailable();
    };
    const flushing = state.counter.flush();
    await state.counter.close();
    await flushing;
    expect(state.stored).toEqual(
      new Map([
        [1, 1],
        [2, 1],
      ]),
    );
  });

  it('that cannot be stored at the end are told', async () => {
    const state = counting();
    state.counter.count(1);
    state.before = unavailable;
    await state.counter.close();
    expect(state.log).toContain('downloads lost');
  });

  it('are stored by the clock, and revealed also when nobody downloads', async () => {
    const state = counting(2);
    state.counter.count(1);
    while (state.stored.size === 0 || state.revelations < 3) await new Promise((resolve) => setTimeout(resolve, 1));
    expect(total(state)).toBe(1);
    await state.counter.close();
  });

  it('of versions beyond the bound go uncounted and are told in a metric, those of known ones do not', async () => {
    const state = counting();
    state.before = unavailable;
    countEach(state, 100_001);
    state.counter.count(5);
    expect((await state.metrics.render()).body).toMatch(/^feedfleet_downloads_uncounted_total\S* 1$/m);
    state.before = () => Promise.resolve();
    await state.counter.close();
    expect([total(state), state.stored.get(5)]).toEqual([100_001, 2]);
  });
});
