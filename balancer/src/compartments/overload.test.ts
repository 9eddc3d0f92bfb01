/** Compartments in front of a family that is asked for ten times what it is able to, on a clock of its own. */
import { describe, expect, it } from '@jest/globals';

import { FEEDS, PEAK_PER_SECOND, quantile, QUEUE_MS, Scene } from './overload-scene.ts';
import { Station, Thread } from './virtual-timing.ts';

describe('a family that is asked for ten times what it is able to', () => {
  it('goes on at its best, refuses at once, and is as before within three seconds', async () => {
    const scene = new Scene();
    await scene.load(PEAK_PER_SECOND / 2, 3);
    expect(scene.refusals).toEqual([]);
    await scene.load(PEAK_PER_SECOND * 10, 2);
    await scene.load(PEAK_PER_SECOND * 10, 4);
    expect(scene.goodput).toBeGreaterThanOrEqual(0.95 * PEAK_PER_SECOND * 4);
    expect(Math.max(...scene.waits)).toBeLessThanOrEqual(QUEUE_MS);
    expect(quantile(scene.refusals, 0.99)).toBeLessThan(10);
    for (const count of scene.answered.values()) expect(count).toBeGreaterThan((0.7 * scene.goodput) / FEEDS);
    await scene.load(PEAK_PER_SECOND * 0.7, 3);
    await scene.load(PEAK_PER_SECOND * 0.7, 2);
    expect(scene.refusals).toEqual([]);
    expect(quantile(scene.waits, 0.99)).toBeLessThanOrEqual(2);
  });

  it('lets practically nobody wait in vain, from the first moment on, where one thread does all the work', async () => {
    const scene = new Scene();
    scene.station = new Thread(scene.timing, 5);
    scene.workMs = 12;
    const peak = 1_000 / 12;
    await scene.load(peak / 2, 4, 4);
    expect(scene.refusals).toEqual([]);
    await scene.load(peak * 10, 8, 4);
    const late = scene.refusals.filter((waitedMs) => waitedMs >= 10).length;
    expect(scene.goodput).toBeGreaterThanOrEqual(0.95 * peak * 8);
    expect(late / scene.refusals.length).toBeLessThan(0.01);
  });

  it('lets a burst wait that is served in time, however it was asked before', async () => {
    const scene = new Scene({ maxConcurrent: 16 });
    await scene.load(5, 10);
    for (let each = 0; each < 160; each++) void scene.ask(`feed-${each % FEEDS}`);
    await scene.timing.advance(1_000);
    expect([scene.goodput - 50, scene.refusals]).toEqual([160, []]);
  });

  it('takes as many as sources can be waited for, and lets few of the others wait in vain', async () => {
    const scene = new Scene();
    scene.station = new Station(scene.timing, 10_000);
    scene.workMs = 2_000;
    await scene.load(20, 6);
    await scene.load(125, 6);
    expect(scene.refusals).toEqual([]);
    await scene.load(150, 6);
    expect(scene.refusals.filter((waitedMs) => waitedMs >= 10).length).toBeLessThan(0.02 * 150 * 6);
    expect(scene.refusals.length).toBeLessThan(3 * (150 - 128) * 6);
  });

  it('serves its other feeds as if one that asks ten times too much were not there', async () => {
    const scene = new Scene();
    await scene.load(100, 1);
    await scene.timing.advance(1_000);
    scene.answered.clear();
    for (let ms = 0; ms < 4_000; ms++) {
      for (let hog = 0; hog < 8; hog++) void scene.ask('hog');
      if (ms % 10 === 0) void scene.ask(`feed-${(ms / 10) % FEEDS}`);
      await scene.timing.advance(1);
    }
    await scene.timing.advance(1_000);
    const others = [...scene.answered].filter(([feed]) => feed !== 'hog').reduce((sum, [, count]) => sum + count, 0);
    expect(others).toBe(400);
    expect(scene.answered.get('hog')).toBeGreaterThan(0.8 * (PEAK_PER_SECOND - 100) * 4);
  });
});

describe('requests that wait for others', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('get through %i deep, with ten times as many clients as places', async (depth) => {
    const scene = new Scene({ maxConcurrent: 4, maxQueue: 512 });
    const clients = 40;
    const rounds = 5;
    let done = 0;
    const sheds: string[] = [];
    const call = async (level: number, feed: string): Promise<void> => {
      const entered = await scene.enter(level === 0 ? 'people' : `fan-out-${level}`, feed);
      if (entered.outcome === 'shed') {
        sheds.push(`${level} ${entered.result}`);
        return;
      }
      if (level < depth) await call(level + 1, feed);
      else await new Promise<void>((resolve) => void scene.timing.after(1, resolve));
      entered.leave({ result: 'complete', status: 200, answeredMs: 1, isSourceFault: false });
      if (level === 0) done += 1;
    };
    const client = async (index: number): Promise<void> => {
      for (let round = 0; round < rounds; round++) await call(0, `feed-${index % 4}`);
    };
    for (let index = 0; index < clients; index++) void client(index);
    await scene.timing.advance(2_000);
    expect([done, sheds]).toEqual([clients * rounds, []]);
  });
});
