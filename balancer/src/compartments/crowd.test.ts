/** How fast a crowd gets on, and how long somebody would wait in it. */
import { describe, expect, it } from '@jest/globals';

import { Crowd } from './crowd.ts';

const FULL = { underWay: 8, limit: 8 };

/** One request after the other, `tookMs` each, in a compartment that is nearly empty. */
function calm(crowd: Crowd, tookMs: number): void {
  const places = { underWay: 1, limit: 8 };
  for (let each = 0; each < 50; each++) {
    crowd.admitted(places, each);
    crowd.left({ underWay: 0, limit: 8 }, { tookMs, waiting: 0, now: each });
  }
}

/** Finishes `count` requests, one each `everyMs`. */
function finish(crowd: Crowd, from: number, count: number, everyMs: number): number {
  for (let each = 1; each <= count; each++) {
    crowd.left(FULL, { tookMs: 100, waiting: 5, now: from + each * everyMs });
  }
  return from + count * everyMs;
}

describe('a crowd', () => {
  it('says nothing before most places are taken: what is asked is not what can be done', () => {
    const crowd = new Crowd();
    for (let each = 0; each < 100; each++) crowd.left({ underWay: 4, limit: 8 }, { tookMs: 5, waiting: 0, now: each });
    expect(crowd.perSecond(100)).toBeUndefined();
    expect(crowd.waitMs(100, FULL, 100)).toBe(0);
  });

  it('has a figure after fifty milliseconds where requests are short, and after two of them where they are long', () => {
    const [short, long] = [new Crowd(), new Crowd()];
    calm(short, 10);
    calm(long, 400);
    for (const crowd of [short, long]) {
      crowd.admitted(FULL, 1_000);
      finish(crowd, 1_000, 6, 10);
    }
    expect(short.perSecond(1_060)).toBe(100);
    expect(long.perSecond(1_060)).toBeUndefined();
    expect(long.perSecond(1_799)).toBeUndefined();
    expect(long.perSecond(1_800)).toBe(7.5);
  });

  it('counts a silence as one that is about to end', () => {
    const crowd = new Crowd();
    calm(crowd, 10);
    crowd.admitted(FULL, 1_000);
    expect(crowd.perSecond(1_100)).toBe(10);
    expect(crowd.waitMs(20, FULL, 1_100)).toBeGreaterThanOrEqual(2_000);
  });

  it('counts those under way as well, while they hinder each other and have not come to an end once', () => {
    const crowd = new Crowd();
    calm(crowd, 10);
    crowd.admitted(FULL, 1_000);
    const now = finish(crowd, 1_000, 4, 20);
    expect(crowd.perSecond(now)).toBe(50);
    expect(crowd.waitMs(10, FULL, now)).toBe(((8 - 3 + 10) * 1_000) / 50 - 20);
    expect(crowd.waitMs(10, FULL, finish(crowd, now, 4, 20))).toBe((10 * 1_000) / 50);
  });

  it('counts those that are under way beyond a limit that was lowered', () => {
    const crowd = new Crowd();
    crowd.admitted(FULL, 0);
    const now = finish(crowd, 0, 50, 10);
    expect(crowd.waitMs(10, { underWay: 8, limit: 4 }, now)).toBe((14 * 1_000) / 100);
  });

  it('lets four wait at any rate, once its places came free', () => {
    const crowd = new Crowd();
    calm(crowd, 10);
    crowd.admitted(FULL, 0);
    expect(crowd.waitMs(1, FULL, 60_000)).toBeGreaterThan(10_000);
    const now = finish(crowd, 60_000, 8, 500);
    expect(crowd.waitMs(4, FULL, now)).toBe(0);
    expect(crowd.waitMs(5, FULL, now)).toBeGreaterThan(2_000);
  });
});
