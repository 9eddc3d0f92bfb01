/**
 * The accounts against the truth: twelve months with outages, maintenance and observers that are away, on a clock that is told the time.
 *
 * The truth is counted second by second from what happened, with nothing of the code that is tested.
 */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Sample } from '@feedfleet/status-model';

import { openCoreUnderTest } from './core-under-test.ts';
import type { CoreUnderTest } from './core-under-test.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
/** How often each observer looks. */
const intervalMs = 3 * minute;
const component = 'family:v2';
const startsAt = Date.parse('2025-01-01T00:00:00Z');
const endsAt = Date.parse('2026-01-01T00:00:00Z');

interface Period {
  readonly from: number;
  readonly to: number;
}

/** Source: "mulberry32", a generator of 32 bits, so that each run is the same. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Some periods a month, to the second, which may overlap. */
function scattered(random: () => number, count: number, longestMs: number): readonly Period[] {
  return Array.from({ length: count }, () => {
    const from = startsAt + Math.floor((random() * (endsAt - startsAt)) / second) * second;
    return { from, to: Math.min(endsAt, from + second + Math.floor((random() * longestMs) / second) * second) };
  });
}

const within = (periods: readonly Period[], at: number): boolean =>
  periods.some(({ from, to }) => from <= at && at < to);

interface World {
  readonly outages: readonly Period[];
  readonly maintenance: readonly Period[];
  /** When each observer was away. */
  readonly away: Readonly<Record<string, readonly Period[]>>;
}

function makeWorld(): World {
  const random = randomOf(20_130_223);
  const everybody = scattered(random, 9, 10 * hour);
  return {
    outages: [...scattered(random, 60, 20 * minute), ...scattered(random, 8, 9 * hour)],
    maintenance: scattered(random, 14, 4 * hour),
    away: {
      amsterdam: [...scattered(random, 10, 30 * hour), ...everybody],
      dublin: everybody,
      virginia: [...scattered(random, 20, 12 * hour), ...everybody],
    },
  };
}

/** The uptime of each month as it was, where somebody looked and nothing was planned. */
function trueUptimes({ outages, maintenance, away }: World): ReadonlyMap<string, number> {
  const seconds = (endsAt - startsAt) / second;
  const mark = (periods: readonly Period[]): Uint8Array => {
    const marks = new Uint8Array(seconds);
    for (const { from, to } of periods) marks.fill(1, (from - startsAt) / second, (to - startsAt) / second);
    return marks;
  };
  const [isOut, isPlanned] = [mark(outages), mark(maintenance)];
  const observersAway = Object.values(away).map(mark);
  const sums = new Map<string, { up: number; all: number }>();
  let month = '';
  let sum = { up: 0, all: 0 };
  for (let index = 0; index < seconds; index += 1) {
    if (index % 86_400 === 0) {
      month = new Date(startsAt + index * second).toISOString().slice(0, 7);
      sum = sums.get(month) ?? { up: 0, all: 0 };
      sums.set(month, sum);
    }
    if (isPlanned[index] === 1 || observersAway.every((marks) => marks[index] === 1)) continue;
    sum.all += 1;
    if (isOut[index] !== 1) sum.up += 1;
  }
  return new Map([...sums].map(([name, { up, all }]) => [name, up / all]));
}

/** What an observer reports of one day: it looks every three minutes, a little irregularly, and each has its own second. */
function samplesOf(world: World, observer: string, random: () => number, dayAt: number): readonly Sample[] {
  const offset = Object.keys(world.away).indexOf(observer) * 60 * second;
  const near = (periods: readonly Period[]): readonly Period[] =>
    periods.filter(({ from, to }) => from < dayAt + day && to > dayAt);
  const [outages, away] = [near(world.outages), near(world.away[observer] ?? [])];
  const samples: Sample[] = [];
  for (let round = dayAt + offset; round < dayAt + day; round += intervalMs) {
    const at = round + Math.floor(random() * 5 * second);
    if (within(away, at)) continue;
    const isOut = within(outages, at);
    const lostPacket = observer === 'virginia' && random() < 0.002;
    samples.push({
      component,
      at: new Date(at).toISOString(),
      verdict: isOut || lostPacket ? 'failed' : 'ok',
      latencyMs: isOut ? null : 20 + random() * 100,
      reason: null,
    });
  }
  return samples;
}

describe('twelve months of uptime', () => {
  let status: CoreUnderTest;

  afterEach(() => {
    status.dispose();
  });

  it('are within 0.01 point of the truth in every month', async () => {
    const world = makeWorld();
    status = openCoreUnderTest(startsAt);
    for (const [index, { from, to }] of world.maintenance.entries()) {
      const [start, end] = [new Date(from).toISOString(), new Date(to).toISOString()];
      const id = `window${index}`;
      status.maintenance.push({ id, title: id, text: null, components: [component], startsAt: start, endsAt: end });
    }
    const random = randomOf(7);
    const queued: { readonly observer: string; readonly samples: readonly Sample[] }[] = [];
    for (let dayAt = startsAt; dayAt < endsAt; dayAt += day) {
      status.setTime(dayAt + day);
      for (const observer of Object.keys(world.away)) {
        queued.push({ observer, samples: samplesOf(world, observer, random, dayAt) });
      }
      // The page was away for five days in May: the observers kept what they saw. What they sent last is sent again.
      if (within([{ from: Date.parse('2025-05-10T00:00:00Z'), to: Date.parse('2025-05-14T12:00:00Z') }], dayAt))
        continue;
      for (const { observer, samples } of queued) {
        status.core().ingest({ observer, intervalMs, samples: [...samples] });
      }
      queued.splice(0, queued.length - (dayAt % (10 * day) === 0 ? 1 : 0));
      await status.settle();
    }
    const { months } = status.family('v2');
    const truth = trueUptimes(world);
    expect(months.map(({ month }) => month)).toEqual([...truth.keys(), '2026-01']);
    const points = months.slice(0, 12).map(({ month, uptime }) => ((uptime ?? 0) - (truth.get(month) ?? 1)) * 100);
    expect(Math.max(...points.map(Math.abs))).toBeLessThan(0.01);
  });
});
