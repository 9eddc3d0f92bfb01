import { beforeEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@feedfleet/host';
import type { RegistryView } from '@feedfleet/registry-client';
import { DEFAULT_BALANCING } from '@feedfleet/registry-client';
import { TrafficMeter } from '../admin/traffic-meter.ts';
import { instanceAt, viewOf } from '../fake-fleet.ts';
import { AutomaticReroutes } from './automatic-reroutes.ts';

let now: number;
let meter: TrafficMeter;
let reroutes: AutomaticReroutes;
let logged: string[];

/** A fleet in which v2 takes over for default. */
function fleetWith(autoRerouteTo: string | null = 'v2', families = ['default', 'v2']): RegistryView {
  const view = viewOf(families.map((family, index) => instanceAt(`${family}-1`, family, 5000 + index)));
  const value = { id: 'default', title: '', balancing: { ...DEFAULT_BALANCING, autoRerouteTo } };
  const change = { number: view.number + 1, at: '2030-01-01T00:00:00Z', actor: '', summary: '' };
  return view.apply({ ...change, operations: [{ entity: 'family', id: 'default', value }] });
}

beforeEach(() => {
  now = 1_000_000;
  logged = [];
  meter = new TrafficMeter({ now: () => now });
  const log = {
    warn: (message: string) => void logged.push(message),
    info: (message: string) => void logged.push(message),
  };
  const metrics = createMetrics({ service: 'balancer', instance: 'b' });
  reroutes = new AutomaticReroutes({ evidence: meter, log, metrics, wallClock: () => now });
});

/** Lets seconds pass with so many requests in each, a share of which fails, where the family still has requests at all. */
function pass(
  seconds: number,
  failureShare: number,
  { perSecond = 100, fleet = fleetWith(), family = 'default' } = {},
): void {
  for (let second = 0; second < seconds; second += 1) {
    const percent = reroutes.all.find((each) => each.family === family)?.percent ?? 0;
    const residents = Math.round((perSecond * (100 - percent)) / 100);
    for (let index = 0; index < residents; index += 1) {
      const isFailure = index < residents * failureShare;
      meter.count({ family, isResident: true, isFailure, durationMs: 5 });
    }
    now += 1_000;
    reroutes.judge(fleet);
  }
}

function untilRerouted(): void {
  for (let second = 0; second < 120 && percent() !== 100; second += 1) pass(1, 1);
  expect(percent()).toBe(100);
}

const percent = (): number => reroutes.all[0]?.percent ?? 0;

describe('a family that names another one to take over', () => {
  it('is rerouted within fifteen seconds when it fails all of its requests', () => {
    pass(60, 0);
    expect(reroutes.all).toEqual([]);
    pass(15, 1);
    expect(reroutes.all).toMatchObject([{ family: 'default', to: 'v2', feed: null, percent: 100, actor: 'balancer' }]);
  });

  it('stays as it is through a blip, through a few failures, and while hardly anybody asks', () => {
    pass(60, 0);
    pass(2, 1);
    pass(60, 0.04);
    now += 120_000;
    pass(60, 1, { perSecond: 1 });
    expect(reroutes.all).toEqual([]);
  });

  it('is not rerouted without a word of an operator', () => {
    pass(60, 1, { fleet: fleetWith(null) });
    expect(reroutes.all).toEqual([]);
  });

  it('is not rerouted to a family without instances, nor to one that fails as well', () => {
    pass(60, 1, { fleet: fleetWith('v2', ['default']) });
    expect(reroutes.all).toEqual([]);
    for (let second = 0; second < 60; second += 1) {
      for (let index = 0; index < 50; index += 1)
        meter.count({ family: 'v2', isResident: true, isFailure: true, durationMs: 5 });
      pass(1, 1);
    }
    expect(reroutes.all).toEqual([]);
  });
});

describe('a family that was rerouted', () => {
  beforeEach(() => {
    untilRerouted();
  });

  it('is probed after half a minute, and has its requests back when the probe went well', () => {
    pass(29, 0);
    expect(percent()).toBe(100);
    pass(1, 0);
    expect(percent()).toBe(90);
    pass(10, 0);
    expect(percent()).toBe(0);
    expect(logged.at(-1)).toBe('family has its requests back');
  });

  it('stays away when the probe fails, each time twice as long, up to five minutes', () => {
    const holds: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      const since = now;
      while (percent() === 100) pass(1, 1);
      holds.push((now - since) / 1_000);
      while (percent() === 90) pass(1, 1);
    }
    expect(holds).toEqual([30, 60, 120, 240, 300, 300]);
  });

  it('is not judged by a probe that nobody has asked yet', () => {
    pass(120, 0, { perSecond: 0 });
    expect(percent()).toBe(90);
  });

  it('has its requests back at once when the operator takes the word back', () => {
    pass(1, 0, { fleet: fleetWith(null) });
    expect(reroutes.all).toEqual([]);
  });

  it('rests longer after a relapse than the first time', () => {
    pass(60, 0);
    expect(percent()).toBe(0);
    untilRerouted();
    const since = now;
    while (percent() === 100) pass(1, 0);
    expect(now - since).toBe(60_000);
  });
});
