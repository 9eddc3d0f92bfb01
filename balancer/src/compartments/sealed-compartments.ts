/**
 * The compartments of all families: one for each (serving family, class, resident or guest), and one for each feed in quarantine, made
 * when it is needed and dropped when nothing has been in it for a while.
 */
import type { Logger } from '@feedfleet/host';
import type { Instance } from '@feedfleet/registry-client';
import type { FleetView } from '../fleet-view.ts';
import type { TrafficClass } from '../traffic.ts';
import { Compartment } from './compartment.ts';
import type { CompartmentBounds, Refused, Timing } from './compartment.ts';
import type { CompartmentMetrics } from './compartment-metrics.ts';
import type { Compartments, Entry, Passage, Permit, Shed } from './compartments.ts';
import type { CompartmentsState, CompartmentState } from './compartments-state.ts';
import { criticalityOf } from './criticality.ts';
import type { Criticality } from './criticality.ts';
import { familyBounds } from './family-bounds.ts';
import type { CompartmentKind, FamilyBounds } from './family-bounds.ts';
import { FeedLoads } from './feed-load.ts';
import { Pressure } from './pressure.ts';
import type { LoopTurn } from './pressure.ts';
import { RefusalCount } from './refusal-count.ts';
import { retryAfterSeconds } from './retry-after.ts';
import { SaturatingFeeds } from './saturating-feeds.ts';
import { Saturation } from './saturation.ts';
import { GONE, ShedAnswers } from './shed-answers.ts';
import type { ShedReason } from './shed-answers.ts';

/** Of the event loop and its thread, so far, in milliseconds. */
export interface LoopMeter {
  /** In which the loop waited for something to do. */
  restedMs(): number;
  /** In which the thread had a processor. */
  ranMs(): number;
}

export interface SealedCompartmentsOptions {
  readonly timing: Timing;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly loop: LoopMeter;
  /** Most requests under way and waiting in all compartments together. */
  readonly maxHeld: number;
  readonly metrics: CompartmentMetrics;
  readonly log: Logger;
  /** Told now and then of a feed that keeps its share and its line full for long. */
  readonly saturates: (feed: string, family: string) => void;
}

/** A compartment with what is known about it. */
interface Kept {
  readonly family: string;
  readonly class: TrafficClass;
  readonly kind: CompartmentKind;
  /** The feed in quarantine. */
  readonly feed: string | null;
  readonly criticality: Criticality;
  readonly compartment: Compartment;
  readonly refusals: RefusalCount;
  readonly answers: ShedAnswers;
  admitted: number;
}

/** What one family's instances serve. */
interface FamilyPart {
  /** The view that the bounds are of. */
  fleet: FleetView;
  bounds: FamilyBounds;
  readonly saturation: Saturation;
  readonly kept: Readonly<Record<CompartmentKind, Map<string, Kept>>>;
}

const TICK_MS = 100;
const DROPPED_AFTER_MS = 60_000;
const TOP_FEEDS = 20;
/** The lines of requests that name no feed of the fleet. */
const NO_FEED = '';

export class SealedCompartments implements Compartments {
  readonly #options: SealedCompartmentsOptions;
  readonly #families = new Map<string, FamilyPart>();
  readonly #pressure: Pressure;
  readonly #loads: FeedLoads;
  readonly #saturating = new SaturatingFeeds();
  /** Under way and waiting. */
  #held = 0;
  #isTicking = false;

  constructor(options: SealedCompartmentsOptions) {
    this.#options = options;
    this.#pressure = new Pressure(options.maxHeld);
    this.#loads = new FeedLoads(options.timing.now());
  }

  enter(entry: Entry): Permit | Shed | Promise<Permit | Shed> {
    const kept = this.#keptFor(entry);
    const feed = entry.traffic.feed ?? NO_FEED;
    if (!this.#pressure.takes(kept.criticality, this.#held, this.#options.random)) {
      return this.#shed(kept, 'balancer', feed);
    }
    if (!this.#isTicking) this.#tickLater();
    const entered = kept.compartment.enter(feed, entry.waiter);
    if (!(entered instanceof Promise)) return this.#entered(kept, entered, feed);
    this.#held += 1;
    const since = this.#options.timing.now();
    return entered.then((settled) => {
      this.#held -= 1;
      this.#options.metrics.waited(kept, this.#options.timing.now() - since);
      return this.#entered(kept, settled, feed);
    });
  }

  busy({ id, family, pool }: Pick<Instance, 'id' | 'family' | 'pool'>, percent: number): void {
    const part = this.#families.get(family);
    if (part === undefined || pool === 'quarantine') return;
    const isSaturated = part.saturation.heard(id, percent, this.#options.timing.now());
    for (const { class: traffic, compartment } of keptOf(part)) {
      // Who waits for fan-out was let in before: less of it is not less work.
      if (!traffic.startsWith('fan-out-')) compartment.served(isSaturated);
    }
  }

  state(): CompartmentsState {
    const now = this.#options.timing.now();
    const { sinceMs, feeds } = this.#loads.top(TOP_FEEDS, now);
    const all = [...this.#all()];
    return {
      underWay: all.reduce((sum, { compartment }) => sum + compartment.underWay, 0),
      waiting: all.reduce((sum, { compartment }) => sum + compartment.waiting, 0),
      pressure: this.#pressure.level,
      loopDelayMs: this.#pressure.delayMs,
      compartments: all.map(shown),
      saturating: this.#saturating.list(),
      topFeeds: feeds,
      topFeedsForMs: sinceMs,
    };
  }

  #entered(kept: Kept, entered: Permit | Refused, feed: string): Permit | Shed {
    if (entered.outcome === 'refused') return entered.why === 'gone' ? GONE : this.#shed(kept, entered.why, feed);
    kept.admitted += 1;
    this.#held += 1;
    return entered;
  }

  #left(feed: string, { result, status, answeredMs }: Passage, busyMs: number): void {
    this.#held -= 1;
    if (feed === NO_FEED) return;
    const isError = status >= 500 || (status === 0 && result !== 'client_gone');
    this.#loads.finished(feed, { isError, busyMs, answeredMs }, this.#options.timing.now());
  }

  #shed(kept: Kept, why: ShedReason, feed: string): Shed {
    const { timing, random, metrics } = this.#options;
    const { compartment, refusals, answers, family, kind, class: traffic } = kept;
    const now = timing.now();
    refusals.add(why, now);
    metrics.shed(kept, why);
    if (feed !== NO_FEED) this.#loads.refused(feed, now);
    if (why === 'feed_full' && kind !== 'quarantine') this.#tellSaturation(kept, feed, now);
    const { limit, waiting, perSecond } = compartment;
    const backlog = { waiting, perSecond, refused: refusals.lastSecond(now) };
    return answers.of(why, {
      ...{ family, class: traffic, limit, maxWaitMs: compartment.maxWaitMs },
      retryAfterSeconds: retryAfterSeconds(backlog, random()),
    });
  }

  #tellSaturation({ family, class: traffic, compartment }: Kept, feed: string, now: number): void {
    const forMs = compartment.refusedForMs(feed);
    if (feed === NO_FEED || !this.#saturating.refused({ feed, family, class: traffic, forMs }, now)) return;
    this.#options.metrics.saturates(family, feed, true);
    this.#options.log.warn('feed saturates its share', {
      'feedfleet.feed': feed,
      'feedfleet.family': family,
      'feedfleet.class': traffic,
      for_ms: Math.round(forMs),
    });
    this.#options.saturates(feed, family);
  }

  #keptFor({ traffic, family, fleet }: Entry): Kept {
    const part = this.#partOf(family, fleet);
    const isApart = traffic.feed !== undefined && this.#isInQuarantine(traffic.feed, fleet);
    const kind = isApart ? 'quarantine' : traffic.family === family ? 'resident' : 'guest';
    const key = isApart ? `${traffic.class} ${traffic.feed}` : traffic.class;
    return part.kept[kind].get(key) ?? this.#make(part, { family, traffic, kind, key });
  }

  #partOf(family: string, fleet: FleetView): FamilyPart {
    const known = this.#families.get(family);
    if (known?.fleet === fleet) return known;
    const bounds = familyBounds(fleet, family);
    if (known === undefined) {
      const kept = { resident: new Map(), guest: new Map(), quarantine: new Map() };
      const made = { fleet, bounds, saturation: new Saturation(), kept };
      this.#families.set(family, made);
      return made;
    }
    known.fleet = fleet;
    known.bounds = bounds;
    for (const kept of keptOf(known)) kept.compartment.resize(boundsOf(bounds, kept));
    return known;
  }

  #isInQuarantine(feed: string, fleet: FleetView): boolean {
    const quarantine = fleet.quarantineOf(feed);
    if (quarantine === undefined) return false;
    return quarantine.until === null || Date.parse(quarantine.until) > this.#options.wallClock();
  }

  #make(
    part: FamilyPart,
    { family, traffic, kind, key }: Pick<Entry, 'family' | 'traffic'> & Pick<Kept, 'kind'> & { readonly key: string },
  ): Kept {
    const { timing } = this.#options;
    const bounds = boundsOf(part.bounds, { kind, class: traffic.class });
    const kept: Kept = {
      ...{ family, class: traffic.class, kind },
      feed: kind === 'quarantine' ? (traffic.feed ?? null) : null,
      criticality: criticalityOf(traffic.class, kind === 'guest'),
      compartment: new Compartment({ timing, bounds, left: (...told) => this.#left(...told) }),
      refusals: new RefusalCount(timing.now()),
      answers: new ShedAnswers(),
      admitted: 0,
    };
    part.kept[kind].set(key, kept);
    return kept;
  }

  /** While anything is there; an idle balancer is not woken. */
  #tickLater(): void {
    this.#isTicking = true;
    const { timing, loop } = this.#options;
    const [since, restedMs, ranMs] = [timing.now(), loop.restedMs(), loop.ranMs()];
    timing.after(TICK_MS, () => {
      this.#isTicking = false;
      const passedMs = Math.max(1, timing.now() - since);
      this.#tick({
        lateMs: Math.max(0, passedMs - TICK_MS),
        rested: (loop.restedMs() - restedMs) / passedMs,
        ran: (loop.ranMs() - ranMs) / passedMs,
      });
    });
  }

  #tick(turn: LoopTurn): void {
    const { timing, metrics } = this.#options;
    this.#pressure.turned(turn);
    metrics.pressed(this.#pressure.level);
    for (const { family, feed } of this.#saturating.sweep(timing.now())) metrics.saturates(family, feed, false);
    for (const part of this.#families.values()) this.#sweep(part, timing.now());
    for (const [family, part] of this.#families) if (isEmpty(part)) this.#families.delete(family);
    if (this.#families.size > 0) this.#tickLater();
  }

  #sweep(part: FamilyPart, now: number): void {
    for (const byKey of Object.values(part.kept)) {
      for (const [key, kept] of byKey) {
        kept.compartment.looked();
        const { limit, underWay, waiting, idleSince } = kept.compartment;
        if (kept.kind !== 'quarantine') this.#options.metrics.sized(kept, { limit, underWay, waiting });
        if (idleSince !== undefined && now - idleSince >= DROPPED_AFTER_MS) byKey.delete(key);
      }
    }
  }

  *#all(): Generator<Kept> {
    for (const part of this.#families.values()) yield* keptOf(part);
  }
}

function* keptOf({ kept }: FamilyPart): Generator<Kept> {
  for (const byKey of Object.values(kept)) yield* byKey.values();
}

function isEmpty({ kept }: FamilyPart): boolean {
  return kept.resident.size + kept.guest.size + kept.quarantine.size === 0;
}

function boundsOf(bounds: FamilyBounds, { kind, class: traffic }: Pick<Kept, 'kind' | 'class'>): CompartmentBounds {
  if (kind !== 'resident') return bounds[kind];
  return traffic.startsWith('foreign-') ? bounds.foreign : bounds.resident;
}

function shown({ family, class: traffic, kind, feed, compartment, refusals, admitted }: Kept): CompartmentState {
  const { limit, ceiling, underWay, waiting, feeds, latency } = compartment;
  return {
    ...{ family, class: traffic, kind, feed, limit, ceiling, underWay, waiting, feeds },
    latencyMs: latency.recentMs ?? null,
    baselineMs: latency.baselineMs ?? null,
    admitted,
    shed: refusals.counts,
  };
}
