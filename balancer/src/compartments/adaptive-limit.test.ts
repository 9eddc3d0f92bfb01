/** The limit of a compartment, in front of endpoints that are modelled. */
import { describe, expect, it } from '@jest/globals';

import fc from 'fast-check';

import { AdaptiveLimit } from './adaptive-limit.ts';
import { Station, VirtualTiming } from './virtual-timing.ts';

const BOUNDS = { floor: 8, ceiling: 256 };

/** Clients that ask again as soon as they were answered, as many as the limit lets and no more than `clients`. */
class Load {
  readonly timing = new VirtualTiming();
  readonly limit = new AdaptiveLimit(BOUNDS, 0);
  clients: number;
  answered = 0;
  /** What the rest of an answer takes after its head, in milliseconds. */
  bodyMs = 0;
  #underWay = 0;
  readonly #serve: (done: () => void, index: number) => void;
  #index = 0;

  constructor(clients: number, serve: (timing: VirtualTiming) => (done: () => void, index: number) => void) {
    this.clients = clients;
    this.#serve = serve(this.timing);
  }

  async run(ms: number): Promise<void> {
    this.#ask();
    await this.timing.advance(ms);
  }

  /** Answers in a second, over so many milliseconds. */
  async rate(ms: number): Promise<number> {
    const before = this.answered;
    await this.run(ms);
    return ((this.answered - before) * 1_000) / ms;
  }

  #ask(): void {
    while (this.#underWay < this.clients) {
      if (this.#underWay >= this.limit.limit) {
        this.limit.met();
        return;
      }
      this.#underWay += 1;
      const admittedAt = this.timing.now();
      this.#serve(() => this.#begun(admittedAt), this.#index++);
    }
  }

  #begun(admittedAt: number): void {
    const latencyMs = this.timing.now() - admittedAt;
    this.timing.after(this.bodyMs, () => {
      this.#underWay -= 1;
      this.answered += 1;
      this.limit.answered({ latencyMs, admittedAt, now: this.timing.now() });
      this.#ask();
    });
  }
}

const station =
  (servers: number, workMs: number) =>
  (timing: VirtualTiming): ((done: () => void) => void) => {
    const endpoint = new Station(timing, servers);
    return (done) => endpoint.serve(workMs, done);
  };

describe('an adaptive limit', () => {
  it('comes down to what an endpoint works at, and keeps it busy', async () => {
    const load = new Load(4, station(8, 10));
    await load.run(1_000);
    load.clients = 2_000;
    await load.run(3_000);
    expect(load.limit.limit).toBeLessThan(32);
    expect(await load.rate(10_000)).toBeGreaterThan(0.95 * 800);
  });

  it('comes down too where there never was a time without a crowd', async () => {
    const load = new Load(2_000, station(8, 10));
    await load.run(3_000);
    expect(load.limit.limit).toBeLessThan(128);
    await load.run(65_000);
    expect(load.limit.limit).toBeLessThan(64);
    expect(await load.rate(10_000)).toBeGreaterThan(0.95 * 800);
  });

  it('is never below the floor nor above the ceiling', async () => {
    const load = new Load(2_000, station(1, 5));
    for (let second = 0; second < 20; second++) {
      await load.run(1_000);
      expect(load.limit.limit).toBeGreaterThanOrEqual(BOUNDS.floor);
      expect(load.limit.limit).toBeLessThanOrEqual(BOUNDS.ceiling);
    }
  });

  it('stays where nobody meets it, however slow answers become', async () => {
    const load = new Load(100, station(1, 1));
    await load.run(5_000);
    expect(load.limit.limit).toBe(256);
  });

  it('is not lowered for good where answers wait for something else', async () => {
    let waitMs = 5;
    const load = new Load(300, (timing) => (done) => void timing.after(waitMs, done));
    await load.run(3_000);
    waitMs = 200;
    await load.run(5_000);
    expect(load.limit.limit).toBeGreaterThan(200);
  });

  it('is not fooled by bodies of different lengths', async () => {
    const load = new Load(300, (timing) => (done) => void timing.after(5, done));
    await load.run(2_000);
    load.bodyMs = 2_000;
    await load.run(10_000);
    expect(load.limit.limit).toBeGreaterThan(200);
  });

  it('is not fooled by some slow requests among fast ones', async () => {
    const load = new Load(400, (timing) => (done, index) => void timing.after(index % 2 === 0 ? 3 : 300, done));
    const limits: number[] = [];
    for (let second = 0; second < 40; second++) {
      await load.run(1_000);
      limits.push(load.limit.limit);
    }
    expect(limits.filter((limit) => limit < 128)).toEqual([]);
  });

  it('says nothing after a handful of answers', () => {
    const limit = new AdaptiveLimit(BOUNDS, 0);
    for (let index = 0; index < 9; index++) {
      limit.met();
      limit.answered({ latencyMs: index === 0 ? 1 : 500, admittedAt: index * 1_000, now: index * 1_000 + 500 });
    }
    expect([limit.limit, limit.latency.recentMs]).toEqual([256, undefined]);
  });

  it('is back within three seconds once an endpoint has all of its strength again', async () => {
    let endpoint: Station | undefined;
    const load = new Load(2_000, (timing) => {
      const made = (endpoint = new Station(timing, 64));
      return (done) => made.serve(10, done);
    });
    await load.run(5_000);
    const usual = await load.rate(2_000);
    if (endpoint !== undefined) endpoint.servers = 4;
    await load.run(10_000);
    expect(load.limit.limit).toBeLessThan(64);
    if (endpoint !== undefined) endpoint.servers = 64;
    await load.run(3_000);
    expect(await load.rate(1_000)).toBeGreaterThan(0.95 * usual);
  });

  it('keeps its part of the ceiling when instances come or go', () => {
    const limit = new AdaptiveLimit(BOUNDS, 0);
    limit.resize({ floor: 16, ceiling: 512 });
    expect(limit.limit).toBe(512);
    limit.resize({ floor: 1, ceiling: 1 });
    expect(limit.limit).toBe(1);
  });

  it('is moved by threads within its bounds, down only while they have no rest and up only while they have', () => {
    const told = fc.record({ hindered: fc.boolean(), underWay: fc.nat(600), afterMs: fc.nat(400) });
    fc.assert(
      fc.property(fc.array(told, { maxLength: 60 }), (words) => {
        const limit = new AdaptiveLimit(BOUNDS, 0);
        let now = 0;
        for (const { hindered, underWay, afterMs } of words) {
          now += afterMs;
          const before = limit.limit;
          if (hindered) limit.hindered(underWay, now);
          else limit.rested(underWay, now);
          expect(limit.limit).toBeGreaterThanOrEqual(
            hindered ? Math.max(BOUNDS.floor, Math.floor(before / 2)) : before,
          );
          expect(limit.limit).toBeLessThanOrEqual(hindered ? before : BOUNDS.ceiling);
        }
      }),
    );
  });

  it('is at its floor half a second after threads have no rest, whatever answers take', () => {
    const limit = new AdaptiveLimit(BOUNDS, 0);
    for (let now = 0; now < 500; now += 20) {
      limit.met();
      limit.answered({ latencyMs: 5, admittedAt: now, now });
      limit.hindered(256, now);
    }
    expect(limit.limit).toBe(BOUNDS.floor);
  });
});
