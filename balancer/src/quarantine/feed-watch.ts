/** Watches what runs where, and puts feeds in quarantine that bring instances down. */
import type { Counter, Gauge, Logger, Metrics } from '@feedfleet/host';
import type { Quarantine } from '@feedfleet/registry-client';
import { FeedLabels } from '../feed-labels.ts';
import { AutomaticQuarantines } from './automatic-quarantines.ts';
import type { QuarantineMemory } from './automatic-quarantines.ts';
import { InstanceWatch } from './instance-watch.ts';
import type { AttemptEnd, Incident } from './instance-watch.ts';
import { Suspects } from './suspects.ts';

export interface FeedWatchOptions {
  /** Whether feeds are put in quarantine; otherwise they are only named. */
  readonly isActive: boolean;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  /** From before a restart. Default: nothing. */
  readonly memory?: QuarantineMemory | undefined;
  /** Told what is to be remembered, whenever that has changed. Default: it is not. */
  readonly keep?: ((memory: QuarantineMemory) => void) | undefined;
}

/** One attempt at an instance. */
export interface Watched {
  readonly family: string;
  readonly instance: string;
  readonly feed: string;
}

/** Instances that are watched; idle ones are forgotten beyond. */
const MAX_INSTANCES = 1_000;

export class FeedWatch {
  readonly #options: FeedWatchOptions;
  readonly #instances = new Map<string, InstanceWatch>();
  readonly #suspects = new Map<string, Suspects>();
  readonly #quarantines: AutomaticQuarantines;
  readonly #labels = new FeedLabels();
  readonly #caught: Counter;
  readonly #kept: Gauge;
  #shown: readonly Quarantine[] = [];

  constructor(options: FeedWatchOptions) {
    this.#options = options;
    this.#quarantines = new AutomaticQuarantines(options.memory);
    this.#caught = options.metrics.counter({
      name: 'feedfleet_balancer_incidents_total',
      help: 'Instances that died or hung under the requests that they had, by family and kind.',
      labels: ['family', 'kind'],
    });
    this.#kept = options.metrics.gauge({
      name: 'feedfleet_balancer_quarantined_feed',
      help: 'Whether the balancer keeps a feed apart by itself, by id of the feed; other beyond 64 feeds.',
      labels: ['feed'],
    });
    this.#remember();
  }

  /** Those of the balancer's own. The same array until something changes. */
  quarantines(): readonly Quarantine[] {
    if (!this.#options.isActive) return this.#shown;
    const all = this.#quarantines.all(this.#options.wallClock());
    if (all !== this.#shown) this.#tellEnds(all);
    return all;
  }

  began({ instance, feed }: Watched): void {
    let watch = this.#instances.get(instance);
    if (watch === undefined) {
      if (this.#instances.size >= MAX_INSTANCES) this.#forget();
      watch = new InstanceWatch();
      this.#instances.set(instance, watch);
    }
    watch.began(feed);
  }

  ended({ family, instance, feed }: Watched, end: AttemptEnd, startedAt: number): void {
    const now = this.#options.wallClock();
    const watch = this.#instances.get(instance);
    if (watch === undefined) return;
    if (end === 'answered') this.#suspectsOf(family).presence.seen(watch.feeds, now);
    this.#incident({ family, instance }, watch.ended(feed, end, { startedAt, now }));
  }

  /** The checks of an instance fail. */
  down(family: string, instance: string): void {
    this.#incident({ family, instance }, this.#instances.get(instance)?.down(this.#options.wallClock()));
  }

  /** A feed that keeps its share and its line full for long. */
  saturates(feed: string, family: string): void {
    this.#keepApart(feed, `it saturates its share of the family ${family}`, family);
  }

  /** What was decided before a restart counts again, and is named again. */
  #remember(): void {
    const { isActive, wallClock, log } = this.#options;
    if (!isActive) return;
    this.#shown = this.#quarantines.all(wallClock());
    for (const { id, reason, until } of this.#shown) {
      this.#kept.set(1, { feed: this.#labels.of(id) });
      log.warn('feed still in quarantine', { 'feedfleet.feed': id, reason, until });
    }
  }

  #incident({ family, instance }: Omit<Watched, 'feed'>, incident: Incident | undefined): void {
    if (incident === undefined) return;
    const { kind, feeds } = incident;
    const now = this.#options.wallClock();
    this.#caught.inc({ family, kind });
    this.#options.log.warn(kind === 'death' ? 'instance died under requests' : 'instance hung under requests', {
      ...{ 'feedfleet.family': family, 'feedfleet.instance': instance },
      ...{ 'feedfleet.feeds': feeds.slice(0, 10).join(' '), feeds: feeds.length },
    });
    // Those that are known to do such things answer for it, and not who happened to be beside them.
    if (feeds.some((feed) => this.#quarantines.has(feed, now))) return;
    const again = feeds.filter((feed) => this.#quarantines.isOnProbation(feed, now));
    if (again.length > 0) {
      const reason = `an instance of ${family} died or hung again soon after its release`;
      for (const feed of again) this.#keepApart(feed, reason, family);
      return;
    }
    for (const { feed, incidents } of this.#suspectsOf(family).incident(feeds, now)) {
      this.#keepApart(
        feed,
        `it was there each of ${incidents} times that an instance of ${family} died or hung`,
        family,
      );
    }
  }

  #keepApart(feed: string, reason: string, family: string): void {
    const { isActive, log, wallClock } = this.#options;
    const fields = { 'feedfleet.feed': feed, 'feedfleet.family': family, reason };
    if (!isActive) {
      log.warn('feed would be put in quarantine', fields);
      return;
    }
    const sentence = this.#quarantines.add(feed, reason, wallClock());
    if (sentence === undefined) return;
    this.#kept.set(1, { feed: this.#labels.of(feed) });
    log.warn('feed put in quarantine', { ...fields, for_ms: sentence.lengthMs, times: sentence.times });
    this.#shown = this.#quarantines.all(wallClock());
    this.#options.keep?.(this.#quarantines.memory);
  }

  #tellEnds(all: readonly Quarantine[]): void {
    const ended = this.#shown.filter(({ id }) => !all.some((other) => other.id === id));
    this.#shown = all;
    for (const { id } of ended) {
      this.#kept.set(0, { feed: this.#labels.of(id) });
      this.#options.log.info('feed released from quarantine', { 'feedfleet.feed': id });
    }
    if (ended.length > 0) this.#options.keep?.(this.#quarantines.memory);
  }

  #suspectsOf(family: string): Suspects {
    let suspects = this.#suspects.get(family);
    if (suspects === undefined) {
      // Families come from the registry; this bounds what many renamed ones leave behind.
      if (this.#suspects.size >= MAX_INSTANCES) this.#suspects.clear();
      suspects = new Suspects();
      this.#suspects.set(family, suspects);
    }
    return suspects;
  }

  #forget(): void {
    const now = this.#options.wallClock();
    for (const [instance, watch] of this.#instances) {
      if (watch.isForgettable(now)) this.#instances.delete(instance);
    }
  }
}
