/** For tests: clients, compartments and an endpoint that is modelled, on a clock of its own. */
import { createMetrics } from '@feedfleet/host';
import { defaultFamilies, defaultRoutes, familySchema, instanceSchema, RegistryView } from '@feedfleet/registry-client';
import type { FamilyBalancing } from '@feedfleet/registry-client';

import { recordingLog } from '../recording-log.ts';
import type { TrafficClass } from '../traffic.ts';
import { CompartmentMetrics } from './compartment-metrics.ts';
import type { Permit, Shed } from './compartments.ts';
import { SealedCompartments } from './sealed-compartments.ts';
import { Station, VirtualTiming } from './virtual-timing.ts';
import type { Thread } from './virtual-timing.ts';

export const FEEDS = 10;
const INSTANCE = instanceSchema.parse({ id: 'v3-1', family: 'v3', url: 'http://127.0.0.1:1' });
const SERVERS = 8;
const WORK_MS = 10;
export const PEAK_PER_SECOND = (SERVERS * 1_000) / WORK_MS;
export const QUEUE_MS = 1_000;

function fleetOf(balancing: Partial<FamilyBalancing>): RegistryView {
  return RegistryView.of({
    ...{ format: 1, fleetId: 'test', number: 1, feeds: [], keys: [], routes: [...defaultRoutes], sources: [] },
    instances: [INSTANCE],
    families: defaultFamilies.map((family) => familySchema.parse({ ...family, balancing })),
    ...{ reroutes: [], quarantines: [], datacenters: [] },
  });
}

export class Scene {
  readonly timing = new VirtualTiming();
  station: Pick<Station | Thread, 'serve'> = new Station(this.timing, SERVERS);
  workMs = WORK_MS;
  /** How busy the endpoint tells that it is; `undefined` tells nothing. */
  busy: (() => number) | undefined;
  readonly compartments: SealedCompartments;
  readonly fleet: RegistryView;
  answered = new Map<string, number>();
  waits: number[] = [];
  /** From the admission to the answer. */
  times: number[] = [];
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

  /** @param sourceMs - how long its package source takes, before there is work to do. */
  async ask(feed: string, { sourceMs = 0, workMs = this.workMs } = {}): Promise<boolean> {
    const asked = this.timing.now();
    const entered = await this.enter('people', feed);
    const admittedAt = this.timing.now();
    if (entered.outcome === 'shed') {
      this.refusals.push(admittedAt - asked);
      return false;
    }
    this.waits.push(admittedAt - asked);
    if (sourceMs > 0) await new Promise<void>((resolve) => void this.timing.after(sourceMs, resolve));
    await new Promise<void>((resolve) => this.station.serve(workMs, resolve));
    this.answered.set(feed, (this.answered.get(feed) ?? 0) + 1);
    const answeredMs = this.timing.now() - admittedAt;
    this.times.push(answeredMs);
    if (this.busy !== undefined) this.compartments.busy(INSTANCE, this.busy());
    entered.leave({ result: 'complete', status: 200, answeredMs, isSourceFault: false });
    return true;
  }

  /** A steady load, feed by feed in turn. */
  async load(perSecond: number, seconds: number, feeds = FEEDS): Promise<void> {
    this.answered = new Map();
    this.waits = [];
    this.times = [];
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

export const quantile = (values: readonly number[], of: number): number =>
  values.toSorted((left, right) => left - right)[Math.floor((values.length - 1) * of)] ?? 0;
