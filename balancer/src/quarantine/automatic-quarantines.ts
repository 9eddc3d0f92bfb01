/**
 * The feeds that the balancer keeps apart by itself: for five minutes at first, longer each time that they are caught again, and on
 * probation afterwards. The registry has the operators' own; these are the balancer's, and it remembers them over its restart.
 */
import type { Quarantine } from '@feedfleet/registry-client';

export interface Sentence {
  readonly feed: string;
  readonly lengthMs: number;
  /** How many times in a row, this one included. */
  readonly times: number;
  readonly reason: string;
}

interface Known {
  times: number;
  /** Milliseconds since the epoch. */
  until: number;
}

const FIRST_MS = 300_000;
const LONGEST_MS = 3_600_000;
const PROBATION_MS = 600_000;
const FORGIVEN_AFTER_MS = 3_600_000;
export const MAX_KNOWN = 1_000;
/** More feeds than this are not the ones at fault. */
export const MAX_QUARANTINED = 100;
const ACTOR = 'balancer';

/** All that there is to be remembered. */
export interface QuarantineMemory {
  readonly known: readonly (Readonly<Known> & { readonly feed: string })[];
  readonly quarantines: readonly Quarantine[];
}

export class AutomaticQuarantines {
  readonly #known = new Map<string, Known>();
  #all: readonly Quarantine[] = [];
  #nextEnd = Infinity;

  /** @param memory - what an earlier one remembered; what is over meanwhile ends with the first look. */
  constructor(memory: QuarantineMemory = { known: [], quarantines: [] }) {
    for (const { feed, times, until } of memory.known) this.#known.set(feed, { times, until });
    this.#replace(memory.quarantines.filter(({ id }) => this.#known.has(id)));
  }

  get memory(): QuarantineMemory {
    return { known: [...this.#known].map(([feed, known]) => ({ feed, ...known })), quarantines: this.#all };
  }

  /** The same array until something changes. */
  all(now: number): readonly Quarantine[] {
    if (now >= this.#nextEnd) this.#end(now);
    return this.#all;
  }

  has(feed: string, now: number): boolean {
    return this.all(now).some(({ id }) => id === feed);
  }

  /** Whether it was released lately, so that one more death is enough. */
  isOnProbation(feed: string, now: number): boolean {
    const known = this.#known.get(feed);
    return known !== undefined && now >= known.until && now - known.until < PROBATION_MS;
  }

  /** @returns `undefined` when the feed is there already, or too many are. */
  add(feed: string, reason: string, now: number): Sentence | undefined {
    if (this.has(feed, now) || this.#all.length >= MAX_QUARANTINED) return undefined;
    const known = this.#known.get(feed);
    const times = known === undefined || now - known.until > FORGIVEN_AFTER_MS ? 1 : known.times + 1;
    const lengthMs = Math.min(LONGEST_MS, FIRST_MS * times);
    if (this.#known.size >= MAX_KNOWN) this.#forget(now);
    this.#known.set(feed, { times, until: now + lengthMs });
    const createdAt = new Date(now).toISOString();
    const until = new Date(now + lengthMs).toISOString();
    this.#replace([...this.#all, { id: feed, reason, until, createdAt, actor: ACTOR }]);
    return { feed, lengthMs, times, reason };
  }

  #end(now: number): void {
    this.#replace(this.#all.filter(({ id }) => (this.#known.get(id)?.until ?? 0) > now));
  }

  #replace(all: readonly Quarantine[]): void {
    this.#all = all;
    this.#nextEnd = Math.min(Infinity, ...all.map(({ id }) => this.#known.get(id)?.until ?? 0));
  }

  #forget(now: number): void {
    for (const [feed, { until }] of this.#known) if (now - until > PROBATION_MS) this.#known.delete(feed);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_KNOWN && oldest !== undefined && !this.has(oldest, now)) this.#known.delete(oldest);
  }
}
