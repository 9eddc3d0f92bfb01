/**
 * The feeds that keep the fleet busiest, of the last minute at most, in a bounded space.
 *
 * Source: Metwally, Agrawal, El Abbadi, "Efficient Computation of Frequent and Top-k Elements in Data Streams" (2005), algorithm Space-Saving:
 * a new feed takes the place of the lightest one and its weight, so that no heavy one is ever missed. Weighted by time here.
 */
export interface FeedLoad {
  /** Id of the feed. */
  readonly feed: string;
  readonly requests: number;
  /** Of them, with an answer of 500 and above or without one. */
  readonly errors: number;
  /** Turned away. */
  readonly shed: number;
  /** All time that permits were held for, in milliseconds. */
  readonly busyMs: number;
  /** Mean time to the head of an answer, in milliseconds; `null` where none began. */
  readonly answeredMs: number | null;
}

interface Counted {
  feed: string;
  weight: number;
  requests: number;
  errors: number;
  shed: number;
  busyMs: number;
  answered: number;
  answeredMs: number;
}

const KEPT_FEEDS = 128;
const GENERATION_MS = 30_000;

class Generation {
  readonly startedAt: number;
  readonly #feeds = new Map<string, Counted>();
  readonly #kept: Counted[] = [];

  constructor(now: number) {
    this.startedAt = now;
  }

  get counted(): readonly Counted[] {
    return this.#kept;
  }

  of(feed: string): Counted {
    const known = this.#feeds.get(feed);
    if (known !== undefined) return known;
    const counted = { feed, weight: 0, requests: 0, errors: 0, shed: 0, busyMs: 0, answered: 0, answeredMs: 0 };
    if (this.#kept.length < KEPT_FEEDS) this.#kept.push(counted);
    else counted.weight = this.#replaceLightest(counted);
    this.#feeds.set(feed, counted);
    return counted;
  }

  /** @returns the weight of the feed that had the place. */
  #replaceLightest(by: Counted): number {
    let place = 0;
    let least = Infinity;
    for (let index = 0; index < KEPT_FEEDS; index++) {
      const weight = this.#kept[index]?.weight ?? 0;
      if (weight >= least) continue;
      least = weight;
      place = index;
    }
    this.#feeds.delete(this.#kept[place]?.feed ?? '');
    this.#kept[place] = by;
    return least;
  }
}

export interface Finished {
  readonly isError: boolean;
  readonly busyMs: number;
  readonly answeredMs: number | undefined;
}

export class FeedLoads {
  #current: Generation;
  #previous: Generation | undefined;

  constructor(now: number) {
    this.#current = new Generation(now);
  }

  finished(feed: string, { isError, busyMs, answeredMs }: Finished, now: number): void {
    const counted = this.#at(now).of(feed);
    counted.weight += busyMs + 1;
    counted.requests += 1;
    counted.busyMs += busyMs;
    if (isError) counted.errors += 1;
    if (answeredMs === undefined) return;
    counted.answered += 1;
    counted.answeredMs += answeredMs;
  }

  refused(feed: string, now: number): void {
    const counted = this.#at(now).of(feed);
    counted.weight += 1;
    counted.shed += 1;
  }

  /** The heaviest first, and since when they were counted. */
  top(count: number, now: number): { readonly sinceMs: number; readonly feeds: readonly FeedLoad[] } {
    this.#at(now);
    const sums = new Map<string, Counted>();
    for (const each of [...(this.#previous?.counted ?? []), ...this.#current.counted]) {
      const before = sums.get(each.feed);
      sums.set(each.feed, before === undefined ? each : added(before, each));
    }
    const heaviest = [...sums.values()].sort((left, right) => right.weight - left.weight).slice(0, count);
    return { sinceMs: now - (this.#previous ?? this.#current).startedAt, feeds: heaviest.map(shown) };
  }

  #at(now: number): Generation {
    const age = now - this.#current.startedAt;
    if (age < GENERATION_MS) return this.#current;
    this.#previous = age < 2 * GENERATION_MS ? this.#current : undefined;
    this.#current = new Generation(now);
    return this.#current;
  }
}

function added(left: Counted, right: Counted): Counted {
  return {
    feed: left.feed,
    weight: left.weight + right.weight,
    requests: left.requests + right.requests,
    errors: left.errors + right.errors,
    shed: left.shed + right.shed,
    busyMs: left.busyMs + right.busyMs,
    answered: left.answered + right.answered,
    answeredMs: left.answeredMs + right.answeredMs,
  };
}

function shown({ feed, requests, errors, shed, busyMs, answered, answeredMs }: Counted): FeedLoad {
  return { feed, requests, errors, shed, busyMs, answeredMs: answered === 0 ? null : answeredMs / answered };
}
