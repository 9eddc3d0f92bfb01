/** All compartments together: who is kept from whom, and what everybody is told. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@feedfleet/host';
import type { LogFields } from '@feedfleet/host';
import { defaultFamilies, defaultRoutes, familySchema, instanceSchema, RegistryView } from '@feedfleet/registry-client';
import type { FamilyBalancing, Quarantine, Snapshot } from '@feedfleet/registry-client';

import type { TrafficClass } from '../traffic.ts';
import { CompartmentMetrics } from './compartment-metrics.ts';
import type { Passage, Permit, Shed } from './compartments.ts';
import type { CompartmentState } from './compartments-state.ts';
import { SealedCompartments } from './sealed-compartments.ts';
import { settled, VirtualTiming } from './virtual-timing.ts';

const DONE: Passage = { result: 'complete', status: 200, answeredMs: 5, isSourceFault: false };
const NOW = Date.parse('2030-01-01T00:00:00Z');
const at = '2030-01-01T00:00:00.000Z';

let timing: VirtualTiming;
let compartments: SealedCompartments;
let lines: { readonly message: string; readonly fields: LogFields }[];
let saturated: string[];
let metrics: ReturnType<typeof createMetrics>;

beforeEach(() => {
  make(10_000);
});

function make(maxHeld: number): void {
  timing = new VirtualTiming();
  lines = [];
  saturated = [];
  metrics = createMetrics({ service: 'balancer', instance: 'balancer-1' });
  const say = (message: string, fields: LogFields = {}): void => void lines.push({ message, fields });
  const log = { debug: say, info: say, warn: say, error: () => undefined, child: () => log };
  compartments = new SealedCompartments({
    ...{ timing, wallClock: () => NOW + timing.now(), random: () => 0.5, maxHeld, log },
    loop: { restedMs: () => timing.now(), ranMs: () => 0 },
    metrics: new CompartmentMetrics(metrics),
    saturates: (feed, family) => void saturated.push(`${family} ${feed}`),
  });
}

function fleetOf(balancing: Partial<FamilyBalancing> = {}, changes: Partial<Snapshot> = {}): RegistryView {
  const instances = ['v3-1', 'v3-2'].map((id) => instanceSchema.parse({ id, family: 'v3', url: 'http://127.0.0.1:1' }));
  const families = defaultFamilies.map((family) => familySchema.parse({ ...family, balancing }));
  return RegistryView.of({
    ...{ format: 1, fleetId: 'test', number: 1, feeds: [], keys: [], routes: [...defaultRoutes], sources: [] },
    ...{ families, instances, reroutes: [], quarantines: [], datacenters: [], ...changes },
  });
}

interface Asked {
  readonly class?: TrafficClass;
  readonly feed?: string;
  /** Whose path it is; served by v3. */
  readonly of?: string;
  readonly remainingMs?: number;
}

function enter(
  fleet: RegistryView,
  { class: kind = 'people', feed = 'tools', of = 'v3', remainingMs = 60_000 }: Asked,
) {
  const traffic = { family: of, class: kind, feed, isIdempotent: true, isWrite: false };
  const waiter = { remainingMs: () => remainingMs, signal: new AbortController().signal };
  const told: { entered?: Permit | Shed } = {};
  const entered = compartments.enter({ traffic, family: 'v3', fleet, waiter });
  if (entered instanceof Promise) void entered.then((later) => (told.entered = later));
  else told.entered = entered;
  return told;
}

const resultOf = ({ entered }: ReturnType<typeof enter>): string =>
  entered === undefined ? 'waits' : entered.outcome === 'admitted' ? 'admitted' : entered.result;

function fill(fleet: RegistryView, asked: Asked, count: number): string[] {
  return Array.from({ length: count }, () => resultOf(enter(fleet, asked)));
}

const stateOf = (where: Partial<CompartmentState>): CompartmentState | undefined =>
  compartments
    .state()
    .compartments.find((each) => Object.entries(where).every(([key, value]) => each[key as 'family'] === value));

/** A class that has 200 requests under way of which none has ended, where one takes 5 ms as a rule. */
async function crowd(fleet: RegistryView, asked: Asked): Promise<void> {
  const { entered } = enter(fleet, asked);
  await timing.advance(5);
  if (entered?.outcome === 'admitted') entered.leave(DONE);
  for (const feed of ['a', 'b']) fill(fleet, { ...asked, feed }, 100);
  await timing.advance(100);
}

describe('what instances tell of their event loops', () => {
  const [first, second] = fleetOf().instances;
  const limitOf = (traffic: TrafficClass): number | undefined => stateOf({ class: traffic })?.limit;

  it('halves the limit where none of them rests, and gives it back when one does', async () => {
    const fleet = fleetOf({ maxConcurrent: 128 });
    await crowd(fleet, {});
    if (first === undefined || second === undefined) throw new Error('a fleet without instances');
    compartments.busy(first, 20);
    compartments.busy(second, 100);
    expect(limitOf('people')).toBe(256);
    await timing.advance(300);
    compartments.busy(second, 100);
    expect(limitOf('people')).toBe(128);
    compartments.busy(second, 100);
    expect(limitOf('people')).toBe(128);
    await timing.advance(100);
    compartments.busy(second, 100);
    expect(limitOf('people')).toBe(64);
    await timing.advance(100);
    compartments.busy(first, 94);
    expect(limitOf('people')).toBe(256);
  });

  it('is heard for requests that nobody waits for here, and not of instances that are kept for feeds in quarantine', async () => {
    const fleet = fleetOf({ maxConcurrent: 128 });
    await crowd(fleet, { class: 'fan-out-1' });
    await crowd(fleet, {});
    if (first === undefined) throw new Error('a fleet without instances');
    compartments.busy({ ...first, pool: 'quarantine' }, 100);
    expect(limitOf('people')).toBe(256);
    compartments.busy(first, 100);
    expect([limitOf('people'), limitOf('fan-out-1')]).toEqual([128, 256]);
  });
});

describe('compartments of a family', () => {
  it('are as many as its active instances hold, and grow with them', () => {
    const small = fleetOf({ maxConcurrent: 10 });
    enter(small, {});
    expect(stateOf({ class: 'people' })).toMatchObject({ limit: 20, ceiling: 20, kind: 'resident', underWay: 1 });
    enter(fleetOf({ maxConcurrent: 30 }), {});
    expect(stateOf({ class: 'people' })).toMatchObject({ limit: 60, ceiling: 60, underWay: 2 });
  });

  it.each<TrafficClass>(['push', 'operators', 'fan-out-1', 'fan-out-2', 'foreign-1'])(
    'let %s through where all places of people are taken',
    (other) => {
      const fleet = fleetOf({ maxConcurrent: 2, maxQueue: 0 });
      fill(fleet, { feed: 'a' }, 2);
      fill(fleet, { feed: 'b' }, 2);
      expect(resultOf(enter(fleet, { feed: 'c' }))).toBe('shed_family');
      expect(resultOf(enter(fleet, { feed: 'a', class: other }))).toBe('admitted');
    },
  );

  it('keep guests from residents, with half of the room', () => {
    const fleet = fleetOf({ maxConcurrent: 4, maxQueue: 0 });
    const guests = [...fill(fleet, { of: 'v2', feed: 'a' }, 4), ...fill(fleet, { of: 'v2', feed: 'b' }, 4)];
    expect(guests.filter((each) => each === 'admitted')).toHaveLength(4);
    expect(fill(fleet, {}, 4)).toEqual(Array.from({ length: 4 }, () => 'admitted'));
  });

  it('give a feed in quarantine one place for each instance, until its time is over', async () => {
    const quarantine: Quarantine = {
      ...{ id: 'bad', reason: 'crashes', createdAt: at, actor: 'ann' },
      until: new Date(NOW + 5_000).toISOString(),
    };
    const fleet = fleetOf({}, { quarantines: [quarantine] });
    const results = fill(fleet, { feed: 'bad' }, 8);
    expect(results).toEqual(['admitted', 'admitted', 'waits', 'waits', 'waits', 'waits', 'shed_feed', 'shed_feed']);
    expect(fill(fleet, { feed: 'bad', class: 'fan-out-1' }, 2)).toEqual(['admitted', 'admitted']);
    expect(resultOf(enter(fleet, { feed: 'good' }))).toBe('admitted');
    expect(stateOf({ feed: 'bad', class: 'people' })).toMatchObject({ kind: 'quarantine', limit: 2, waiting: 4 });
    await timing.advance(5_000);
    expect(resultOf(enter(fleet, { feed: 'bad' }))).toBe('admitted');
  });

  it('are dropped when nothing was in them for a minute', async () => {
    const told = enter(fleetOf(), {});
    await timing.advance(120_000);
    expect(compartments.state().compartments).toHaveLength(1);
    if (told.entered?.outcome === 'admitted') told.entered.leave(DONE);
    await timing.advance(61_000);
    expect(compartments.state()).toMatchObject({ compartments: [], underWay: 0, waiting: 0 });
  });
});

describe('what is told to those that are turned away', () => {
  const shed = (told: ReturnType<typeof enter>): Shed => {
    if (told.entered?.outcome !== 'shed') throw new Error(`not shed: ${resultOf(told)}`);
    return told.entered;
  };

  it('is 429 for a feed that has its share, and 503 where the family is full', () => {
    const fleet = fleetOf({ maxConcurrent: 2, maxQueue: 0 });
    fill(fleet, { feed: 'a' }, 2);
    const feed = shed(enter(fleet, { feed: 'a' }));
    expect(feed).toMatchObject({ result: 'shed_feed', problem: { problem: { status: 429, code: 'FF_FEED_BUSY' } } });
    fill(fleet, { feed: 'b' }, 2);
    const family = shed(enter(fleet, { feed: 'c' }));
    expect(family).toMatchObject({
      result: 'shed_family',
      problem: { problem: { status: 503, code: 'FF_OVERLOADED' } },
    });
    for (const { problem: prepared } of [feed, family]) {
      const problem = prepared?.problem;
      expect(problem?.retryAfterSeconds).toBeGreaterThanOrEqual(1);
      expect(problem?.retryAfterSeconds).toBeLessThanOrEqual(30);
      expect(problem?.detail).toContain('v3');
    }
  });

  it('is 503 after waiting in vain, and nothing to a client that is gone', async () => {
    const fleet = fleetOf({ maxConcurrent: 1, queueMs: 300 });
    fill(fleet, {}, 1);
    const told = enter(fleet, {});
    expect(resultOf(told)).toBe('waits');
    await timing.advance(300);
    expect(shed(told)).toMatchObject({ result: 'queue_timeout', problem: { problem: { status: 503 } } });
  });

  it('is counted by compartment and reason', async () => {
    const fleet = fleetOf({ maxConcurrent: 1, maxQueue: 0 });
    fill(fleet, {}, 3);
    expect(stateOf({ class: 'people' })?.shed).toEqual({ family: 0, feed: 2, timedOut: 0, balancer: 0 });
    const { body } = await metrics.render();
    expect(body).toMatch(/feedfleet_balancer_shed_total\{[^}]*kind="resident",reason="feed_full"[^}]*\} 2/);
  });
});

describe('a balancer that holds too much', () => {
  const order: readonly TrafficClass[] = ['foreign-1', 'fan-out-1', 'people', 'push', 'operators'];

  it('turns away the least critical first, and operators last', () => {
    make(100);
    const fleet = fleetOf();
    const refused: string[] = [];
    for (let held = 0; held < 100; held++) {
      enter(fleet, { class: 'operators', feed: `feed-${held % 3}` });
      const now = order.filter((each) => resultOf(enter(fleet, { class: each, feed: 'x' })) === 'shed_balancer');
      for (const each of now) if (!refused.includes(each)) refused.push(each);
    }
    expect(refused).toEqual(order);
  });
});

describe('a feed that saturates its share', () => {
  it('is named after half a minute, in the log and in the metrics, until it stops', async () => {
    const fleet = fleetOf({ maxConcurrent: 1, maxQueue: 2, queueMs: 60_000 });
    fill(fleet, { feed: 'hog' }, 2);
    for (let second = 0; second < 40; second++) {
      enter(fleet, { feed: 'hog' });
      enter(fleet, { feed: 'hog' });
      await timing.advance(1_000);
    }
    expect(lines).toEqual([
      { message: 'feed saturates its share', fields: expect.objectContaining({ 'feedfleet.feed': 'hog' }) },
    ]);
    expect(saturated).toEqual(['v3 hog']);
    expect(compartments.state().saturating).toMatchObject([{ feed: 'hog', family: 'v3', class: 'people' }]);
    expect((await metrics.render()).body).toMatch(/saturating_feed\{[^}]*feed="hog"[^}]*\} 1/);
    await timing.advance(15_000);
    expect(compartments.state().saturating).toEqual([]);
    expect((await metrics.render()).body).toMatch(/saturating_feed\{[^}]*feed="hog"[^}]*\} 0/);
  });
});

it('names the busiest feeds of the last minute', async () => {
  const fleet = fleetOf();
  const calls = ['busy', 'busy', 'calm'].map((feed) => enter(fleet, { feed }).entered);
  await timing.advance(100);
  for (const permit of calls) if (permit?.outcome === 'admitted') permit.leave({ ...DONE, status: 503 });
  await settled();
  expect(compartments.state().topFeeds).toEqual([
    { feed: 'busy', requests: 2, errors: 2, shed: 0, busyMs: 200, answeredMs: 5 },
    { feed: 'calm', requests: 1, errors: 1, shed: 0, busyMs: 100, answeredMs: 5 },
  ]);
  await timing.advance(61_000);
  expect(compartments.state().topFeeds).toEqual([]);
});
