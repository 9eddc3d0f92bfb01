/** Compartments in front of an endpoint with one thread, which tells how busy it is, on a clock of its own. */
import { describe, expect, it } from '@jest/globals';

import { quantile, Scene } from './overload-scene.ts';
import { Thread } from './virtual-timing.ts';

const SLICE_MS = 5;
const WORK_MS = 8;
const PEAK_PER_SECOND = 1_000 / WORK_MS;
const SOURCE_MS = 2_000;
const FROM_SOURCE = { sourceMs: SOURCE_MS, workMs: 1 };
const FEEDS = 4;

class ThreadScene extends Scene {
  constructor() {
    super();
    const thread = new Thread(this.timing, SLICE_MS);
    this.station = thread;
    this.workMs = WORK_MS;
    this.busy = () => thread.busy;
  }

  get limit(): number {
    return this.compartments.state().compartments[0]?.limit ?? NaN;
  }

  get underWay(): number {
    return this.compartments.state().underWay;
  }

  /** Clients that always have a request under way which is nothing but work. */
  computeAlways(clients: number): void {
    for (let client = 0; client < clients; client++) void this.#compute();
  }

  async #compute(): Promise<never> {
    for (;;) {
      if (!(await this.ask('computing'))) await new Promise<void>((resolve) => void this.timing.after(100, resolve));
    }
  }

  /** A request that waits for a package source every `everyMs`. @returns how many of each kind were answered. */
  async askSources(everyMs: number, seconds: number): Promise<{ readonly waited: number; readonly computed: number }> {
    this.answered = new Map();
    this.refusals = [];
    for (let ms = 0; ms < seconds * 1_000; ms += everyMs) {
      void this.ask(`feed-${(ms / everyMs) % FEEDS}`, FROM_SOURCE);
      await this.timing.advance(everyMs);
    }
    const computed = this.answered.get('computing') ?? 0;
    return { waited: this.goodput - computed, computed };
  }
}

describe('a thread that is asked for ten times what it is able to', () => {
  it('has as few requests under way within a second as keep it busy, and all room again once it has rest', async () => {
    const scene = new ThreadScene();
    await scene.load(PEAK_PER_SECOND / 2, 4, FEEDS);
    await scene.load(PEAK_PER_SECOND * 10, 0.7, FEEDS);
    expect([scene.limit, scene.underWay]).toEqual([16, expect.any(Number)]);
    expect(scene.underWay).toBeLessThan(150);
    await scene.load(PEAK_PER_SECOND * 10, 8, FEEDS);
    expect(scene.goodput).toBeGreaterThanOrEqual(0.98 * PEAK_PER_SECOND * 8);
    expect(quantile(scene.refusals, 0.998)).toBeLessThan(10);
    expect([quantile(scene.times, 0.5), quantile(scene.times, 0.99)].map((ms) => ms < 150)).toEqual([true, false]);
    expect(quantile(scene.times, 1)).toBeLessThan(1_200);
    await scene.load(PEAK_PER_SECOND / 2, 3, FEEDS);
    expect(scene.limit).toBe(256);
    await scene.load(PEAK_PER_SECOND / 2, 3, FEEDS);
    expect([scene.refusals, quantile(scene.times, 1)]).toEqual([[], WORK_MS]);
  });

  it('serves each as soon where one feed asks for all of it', async () => {
    const scene = new ThreadScene();
    await scene.load(PEAK_PER_SECOND / 2, 4, 1);
    await scene.load(PEAK_PER_SECOND * 10, 2, 1);
    await scene.load(PEAK_PER_SECOND * 10, 6, 1);
    expect(scene.goodput).toBeGreaterThanOrEqual(0.98 * PEAK_PER_SECOND * 6);
    expect(quantile(scene.times, 0.99)).toBeLessThan(150);
  });

  it('goes on with all of them who wait for sources, where a few keep it busy', async () => {
    const scene = new ThreadScene();
    await scene.askSources(10, 4);
    scene.computeAlways(5);
    for (let round = 0; round < 4; round++) {
      const { waited, computed } = await scene.askSources(10, 5);
      expect(waited).toBeGreaterThanOrEqual(495);
      expect(computed).toBeGreaterThanOrEqual(0.88 * PEAK_PER_SECOND * 5);
      expect([scene.refusals, scene.limit]).toEqual([[], 256]);
    }
  });

  it('finds out within seconds that those under way have come to wait for sources', async () => {
    const scene = new ThreadScene();
    await scene.load(PEAK_PER_SECOND / 4, 4, FEEDS);
    scene.computeAlways(5);
    await scene.askSources(10, 4);
    expect(scene.refusals.length).toBeLessThan(150);
    await scene.askSources(10, 1);
    const { waited } = await scene.askSources(10, 5);
    expect([waited >= 495, scene.refusals]).toEqual([true, []]);
  });

  it('keeps none out for long who wait for sources that take their time, when they were taken for work', async () => {
    const scene = new ThreadScene();
    await scene.load(PEAK_PER_SECOND / 4, 4, FEEDS);
    scene.computeAlways(5);
    for (let each = 0; each < 150; each++) void scene.ask(`feed-${each % FEEDS}`, { sourceMs: 20_000, workMs: 1 });
    await scene.timing.advance(6_000);
    expect(scene.limit).toBeGreaterThan(150);
    scene.answered.clear();
    await scene.timing.advance(1_000);
    expect(scene.answered.get('computing')).toBeGreaterThan(0.95 * PEAK_PER_SECOND);
  });
});
