/** Compartments in front of a family that is asked for ten times what it is able to, on a clock of its own. */
import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '@feedfleet/host';
import { defaultFamilies, defaultRoutes, familySchema, instanceSchema, RegistryView } from '@feedfleet/registry-client';
import type { FamilyBalancing } from '@feedfleet/registry-client';

import { recordingLog } from '../recording-log.ts';
import type { TrafficClass } from '../traffic.ts';
import { CompartmentMetrics } from './compartment-metrics.ts';
import type { Permit, Shed } from './compartments.ts';
import { SealedCompartments } from './sealed-compartments.ts';
import { Station, Thread, VirtualTiming } from './virtual-timing.ts';

const FEEDS = 10;
const SERVERS = 8;
const WORK_MS = 10;
const PEAK_PER_SECOND = (SERVERS * 1_000) / WORK_MS;
const QUEUE_MS = 1_000;

function fleetOf(balancing: Partial<FamilyBalancing>): RegistryView {
  return RegistryView.of({
    ...{ format: 1, fleetId: 'test', number: 1, feeds: [], keys: [], routes: [...defaultRoutes], sources: [] },
    instances: [instanceSchema.parse({ id: 'v3-1', family: 'v3', url: 'http://127.0.0.1:1' })],
    families: defaultFamilies.map((family) => familySchema.parse({ ...family, balancing })),
    ...{ reroutes: [], quarantines: [], datacenters: [] },
  });
}

class Scene {
  readonly timing = new VirtualTiming();
  station: Pick<Station | Thread, 'serve'> = new Station(this.timing, SERVERS);
  workMs = WORK_MS;
  readonly compartments: SealedCompartments;
  readonly fleet: RegistryView;
  answered = new Map<string, number>();
  waits: number[] = [];
  /** How long those waited that were turned away. */
  refusals: number[] = [];
  #random = 0;

  constructor(balancing: Partial<FamilyBalancing> = {}) {
    this.fleet = fleetOf({ queueMs: QUEUE_MS, ...balancing });
    this.compartments = new SealedCompartments({
      ...{ timing: this.timing, wallClock: () => this.timing.now(), maxHeld: 10_000, log: recordingLog([]) },
      loop: { restedMs: () => this.timing.now(), ranMs: () => 0 },
      random: () => (this.#random = (this.#random + 0.381) % 1),
      metrics: new CompartmentMetrics(createMetrics({ service: 'balancer', instance: 'balancer-1' })),
      saturates: () => undefined,
    });
  }

  async enter(traffic: TrafficClass, feed: string): Promise<Permit | Shed> {
    const waiter = { remainingMs: () => 60_000, signal: new AbortController().signal };
    const entry = { family: 'v3', class: traffic, feed, isIdempotent: true, isWrite: false };
    return this.compartments.enter({ traffic: entry, family: 'v3', fleet: this.fleet, waiter });
  }

  async ask(feed: string): Promise<void> {
    const asked = this.timing.now();
    const entered = await this.enter('people', feed);
    const admittedAt = this.timing.now();
    if (entered.outcome === 'shed') {
      this.refusals.push(admittedAt - asked);
      return;
    }
    this.waits.push(admittedAt - asked);
    this.station.serve(this.workMs, () => {
      this.answered.set(feed, (this.answered.get(feed) ?? 0) + 1);
      const answeredMs = this.timing.now() - admittedAt;
      entered.leave({ result: 'complete', status: 200, answeredMs, isSourceFault: false });
    });
  }

  /** A steady load, feed by feed in turn. */
  async load(perSecond: number, seconds: number, feeds = FEEDS): Promise<void> {
    this.answered = new Map();
    this.waits = [];
    this.refusals = [];
    let owed = 0;
    let asked = 0;
    for (let ms = 0; ms < seconds * 1_000; ms++) {
      for (owed += perSecond / 1_000; owed >= 1; owed--) void this.ask(`feed-${asked++ % feeds}`);
      await this.timing.advance(1);
    }
  }

  get goodput(): number {
    return [...this.answered.values()].reduce((sum, count) => sum + count, 0);
  }
}

const quantile = (values: readonly number[], of: number): number =>
  values.toSorted((left, right) => left - right)[Math.floor((values.length - 1) * of)] ?? 0;

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
