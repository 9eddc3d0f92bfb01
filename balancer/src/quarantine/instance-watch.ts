/**
 * Which feeds have requests under way at one instance, counted before they run, and whether the instance has died or hung under them.
 * Pure.
 *
 * One connection that breaks is none of the instance's; so a death is told when several break at once, when nothing listens there right
 * after, or when its checks fail. A hang is told when several requests run out of time during which it has answered nothing at all.
 */

/** How an attempt at the instance ended. */
export type AttemptEnd =
  | 'answered'
  /** The instance closed the connection before the end of its answer. */
  | 'broken'
  /** Nothing listened: the request never got there. */
  | 'refused'
  /** No answer, or no more of it, came in time. */
  | 'stalled'
  /** Says nothing of the instance: the client went away, or was at fault. */
  | 'other';

export interface Incident {
  readonly kind: 'death' | 'hang';
  /** Feeds that had requests under way. */
  readonly feeds: readonly string[];
}

/** Breaks that belong together, and how long afterwards others still belong to the same death, in milliseconds. */
const DEATH_MS = 5_000;
const HANG_MS = 10_000;
const SEVERAL = 2;

/** Signs of one kind that have not made an incident yet, or belong to the last one. */
class Signs {
  readonly #lengthMs: number;
  #since = -Infinity;
  #count = 0;
  #isTold = false;
  #feeds = new Set<string>();

  constructor(lengthMs: number) {
    this.#lengthMs = lengthMs;
  }

  isOpen(now: number): boolean {
    return now - this.#since < this.#lengthMs && this.#count > 0;
  }

  add(feeds: Iterable<string>, now: number): void {
    if (!this.isOpen(now)) {
      this.#feeds = new Set();
      this.#count = 0;
      this.#isTold = false;
      this.#since = now;
    }
    this.#count += 1;
    for (const feed of feeds) this.#feeds.add(feed);
  }

  get areSeveral(): boolean {
    return this.#count >= SEVERAL;
  }

  clear(): void {
    this.#count = 0;
  }

  /** Once for signs that belong together. */
  tell(kind: Incident['kind']): Incident | undefined {
    if (this.#isTold) return undefined;
    this.#isTold = true;
    return { kind, feeds: [...this.#feeds] };
  }
}

export class InstanceWatch {
  /** How many of each feed. */
  readonly #underWay = new Map<string, number>();
  readonly #breaks = new Signs(DEATH_MS);
  readonly #stalls = new Signs(HANG_MS);
  #answeredAt = -Infinity;

  /** Feeds with requests under way. */
  get feeds(): Iterable<string> {
    return this.#underWay.keys();
  }

  isForgettable(now: number): boolean {
    return this.#underWay.size === 0 && !this.#breaks.isOpen(now) && !this.#stalls.isOpen(now);
  }

  began(feed: string): void {
    this.#underWay.set(feed, (this.#underWay.get(feed) ?? 0) + 1);
  }

  /** @param startedAt - of the attempt, on the clock of `now`. */
  ended(feed: string, end: AttemptEnd, { startedAt, now }: { readonly startedAt: number; readonly now: number }) {
    const incident = this.#judge(end, startedAt, now);
    const left = (this.#underWay.get(feed) ?? 1) - 1;
    if (left > 0) this.#underWay.set(feed, left);
    else this.#underWay.delete(feed);
    return incident;
  }

  /** Its checks fail. */
  down(now: number): Incident | undefined {
    if (this.#breaks.isOpen(now)) return this.#breaks.tell('death');
    return this.#stalls.isOpen(now) && this.#answeredAt < now - HANG_MS ? this.#stalls.tell('hang') : undefined;
  }

  #judge(end: AttemptEnd, startedAt: number, now: number): Incident | undefined {
    switch (end) {
      case 'answered':
        this.#answeredAt = now;
        this.#stalls.clear();
        return undefined;
      case 'broken':
        this.#breaks.add(this.#underWay.keys(), now);
        return this.#breaks.areSeveral ? this.#breaks.tell('death') : undefined;
      case 'refused':
        return this.#breaks.isOpen(now) ? this.#breaks.tell('death') : undefined;
      case 'stalled':
        if (this.#answeredAt > startedAt) return undefined;
        this.#stalls.add(this.#underWay.keys(), now);
        return this.#stalls.areSeveral ? this.#stalls.tell('hang') : undefined;
      case 'other':
        return undefined;
    }
  }
}
