/**
 * One compartment: how many requests are under way in it, which wait, and who goes next. Pure but for the timers that it is given.
 *
 * A request goes on at once where there is room for it and for its feed; else it waits in its feed's line. It is refused instead of
 * letting it wait in vain: where its feed's line is full, where all lines together are, or where its turn would come too late. So those
 * that are refused learn it at once, and those that wait get through.
 *
 * Source: Google, "Site Reliability Engineering", chapter 22 (short queues); Facebook, "Fail at Scale" (ACM Queue, 2015), section
 * "Controlled Delay": a queue that has stood for long is held short.
 */
import { AdaptiveLimit } from './adaptive-limit.ts';
import type { Passage, Permit, Waiter } from './compartments.ts';
import { Crowd } from './crowd.ts';
import type { Places } from './crowd.ts';
import { FeedLine, FeedTurns } from './feed-turns.ts';
import { Hindrance } from './hindrance.ts';
import { TOLD_FOR_MS } from './saturation.ts';

/** Clock and timers. */
export interface Timing {
  /** Milliseconds from any fixed point. */
  now(): number;
  after(delayMs: number, call: () => void): { cancel(): void };
}

export interface CompartmentBounds {
  readonly floor: number;
  readonly ceiling: number;
  /** Most requests that wait. */
  readonly maxWaiting: number;
  /** How long one waits at most, in milliseconds. */
  readonly maxWaitMs: number;
  /** The part of the limit, and of the line, that one feed has at most: above 0, at most 1. */
  readonly feedShare: number;
}

/** Why a request got no permit. */
export type Turned = 'feed_full' | 'full' | 'timed_out' | 'gone';

export interface Refused {
  readonly outcome: 'refused';
  readonly why: Turned;
}

export interface CompartmentOptions {
  readonly timing: Timing;
  readonly bounds: CompartmentBounds;
  /** Told of each request that had a permit, once. */
  readonly left: (feed: string, passage: Passage, underWayMs: number) => void;
}

/** Turns may come at most so late, as a part of the longest wait: what is estimated may be wrong by as much. */
const BURST_WAIT = 0.5;
/** The same once somebody has found no place for longer than the longest wait, with pauses of this length at most. */
const STANDING_WAIT = 0.125;
const PAUSE_MS = 250;
/** Longer than a busy thread takes to get round 200 requests in slices of 5 ms, also where it has a third of a processor. */
const SILENCE_MS = 3_000;

const REFUSALS: Readonly<Record<Turned, Refused>> = {
  feed_full: { outcome: 'refused', why: 'feed_full' },
  full: { outcome: 'refused', why: 'full' },
  timed_out: { outcome: 'refused', why: 'timed_out' },
  gone: { outcome: 'refused', why: 'gone' },
};

/** A request in a line. It settles once, as a permit or as a refusal. */
class Queued {
  next: this | undefined;
  previous: this | undefined;
  readonly line: FeedLine<Queued>;
  readonly waiter: Waiter;
  readonly #settle: (entered: Permit | Refused) => void;
  #alarm: { cancel(): void } | undefined;
  #onAbort: (() => void) | undefined;

  constructor(line: FeedLine<Queued>, waiter: Waiter, settle: (entered: Permit | Refused) => void) {
    this.line = line;
    this.waiter = waiter;
    this.#settle = settle;
  }

  watch(alarm: { cancel(): void }, onAbort: () => void): void {
    this.#alarm = alarm;
    this.#onAbort = onAbort;
    this.waiter.signal.addEventListener('abort', onAbort, { once: true });
  }

  settle(entered: Permit | Refused): void {
    this.#alarm?.cancel();
    if (this.#onAbort !== undefined) this.waiter.signal.removeEventListener('abort', this.#onAbort);
    this.#settle(entered);
  }
}

class HeldPermit implements Permit {
  readonly outcome = 'admitted';
  readonly #compartment: Compartment;
  readonly #line: FeedLine<Queued>;
  readonly #since: number;
  #isHeld = true;

  constructor(compartment: Compartment, line: FeedLine<Queued>, since: number) {
    this.#compartment = compartment;
    this.#line = line;
    this.#since = since;
  }

  leave(passage: Passage): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#compartment.leave(this.#line, passage, this.#since);
  }
}

export class Compartment {
  readonly #options: CompartmentOptions;
  readonly #limit: AdaptiveLimit;
  readonly #crowd = new Crowd();
  readonly #hindrance = new Hindrance();
  readonly #turns = new FeedTurns<Queued>();
  readonly #lines = new Map<string, FeedLine<Queued>>();
  #bounds: CompartmentBounds;
  #underWay = 0;
  /** Since when, and until when, somebody found no place, without a pause. */
  #pressedSince = 0;
  #pressedAt = -Infinity;
  /** Until when the threads that serve this are taken to have no rest. */
  #busyUntil = -Infinity;
  /** When they told last; `Infinity` for never. */
  #heardAt = Infinity;
  #lastUsedAt: number;

  constructor(options: CompartmentOptions) {
    const now = options.timing.now();
    this.#options = options;
    this.#bounds = options.bounds;
    this.#limit = new AdaptiveLimit(options.bounds, now);
    this.#lastUsedAt = now;
  }

  get underWay(): number {
    return this.#underWay;
  }

  get waiting(): number {
    return this.#turns.waiting;
  }

  get limit(): number {
    return this.#limit.limit;
  }

  get ceiling(): number {
    return this.#limit.ceiling;
  }

  get maxWaitMs(): number {
    return this.#bounds.maxWaitMs;
  }

  get latency(): AdaptiveLimit['latency'] {
    return this.#limit.latency;
  }

  /** Feeds with requests under way or waiting. */
  get feeds(): number {
    return this.#lines.size;
  }

  /** Requests that are finished in a second while it is crowded; `undefined` where it is not, or not for long enough. */
  get perSecond(): number | undefined {
    return this.#crowd.perSecond(this.#options.timing.now());
  }

  /** Since when nothing is under way and nothing waits, as `Timing.now` has it; `undefined` while something is. */
  get idleSince(): number | undefined {
    return this.#underWay + this.#turns.waiting === 0 ? this.#lastUsedAt : undefined;
  }

  /** For how long the feed has been refused for its own sake, without a pause, in milliseconds. */
  refusedForMs(feed: string): number {
    const since = this.#lines.get(feed)?.refusedSince;
    return since === undefined ? 0 : this.#options.timing.now() - since;
  }

  resize(bounds: CompartmentBounds): void {
    this.#bounds = bounds;
    this.#limit.resize(bounds);
    this.#admitWaiting();
  }

  enter(feed: string, waiter: Waiter): Permit | Refused | Promise<Permit | Refused> {
    if (this.#turns.waiting > 0) this.#admitWaiting();
    const line = this.#lineOf(feed);
    const limit = this.#limit.limit;
    if (line.waiting === 0 && this.#underWay < limit && line.underWay < this.#shareOf(limit)) return this.#admit(line);
    this.#press();
    if (this.#underWay >= limit) this.#limit.met();
    const why = this.#refusalOf(line, waiter);
    if (why === undefined) return this.#queue(line, waiter);
    if (why === 'feed_full') line.refusedSince ??= this.#options.timing.now();
    this.#forgetIfEmpty(line);
    return REFUSALS[why];
  }

  /** Whoever serves this told how it is: all threads without rest, or one with some. */
  served(isSaturated: boolean): void {
    const now = this.#options.timing.now();
    this.#heardAt = now;
    this.#busyUntil = isSaturated ? now + TOLD_FOR_MS : now;
    if (!isSaturated) this.#limit.rested(this.#underWay, now);
    else if (this.#hindrance.isThere(this.#underWay, now) && this.#limit.hindered(this.#underWay, now)) {
      this.#crowd.begins(this.#hindrance.endPerSecond(now), now);
    }
    if (this.#turns.waiting > 0) this.#admitWaiting();
  }

  /** Called about ten times a second: a busy thread answers somebody now and then, so one that does not is taken to rest. */
  looked(): void {
    const isSilent = this.#options.timing.now() - this.#heardAt >= SILENCE_MS;
    if (isSilent && this.#underWay >= this.#limit.limit) this.served(false);
  }

  /** For `HeldPermit` alone. */
  leave(line: FeedLine<Queued>, passage: Passage, since: number): void {
    const now = this.#options.timing.now();
    line.underWay -= 1;
    this.#underWay -= 1;
    this.#lastUsedAt = now;
    this.#hindrance.ended(now - since, now < this.#busyUntil, now);
    this.#crowd.left(this.#places, { tookMs: now - since, waiting: this.#turns.waiting, now });
    const { answeredMs: latencyMs, status, isSourceFault } = passage;
    if (latencyMs !== undefined && status < 500 && !isSourceFault) {
      this.#limit.answered({ latencyMs, admittedAt: since, now });
    }
    this.#options.left(line.feed, passage, now - since);
    if (this.#turns.waiting > 0) this.#admitWaiting();
    this.#forgetIfEmpty(line);
  }

  #lineOf(feed: string): FeedLine<Queued> {
    let line = this.#lines.get(feed);
    if (line === undefined) {
      line = new FeedLine(feed);
      this.#lines.set(feed, line);
    }
    return line;
  }

  #forgetIfEmpty(line: FeedLine<Queued>): void {
    if (line.waiting === 0) line.refusedSince = undefined;
    if (line.underWay + line.waiting === 0) this.#lines.delete(line.feed);
  }

  get #places(): Places {
    return { underWay: this.#underWay, limit: this.#limit.limit };
  }

  #shareOf(limit: number): number {
    return Math.max(1, Math.ceil(limit * this.#bounds.feedShare));
  }

  #admit(line: FeedLine<Queued>): Permit {
    const now = this.#options.timing.now();
    if (this.#underWay === 0) this.#hindrance.began(now);
    line.underWay += 1;
    this.#underWay += 1;
    this.#crowd.admitted(this.#places, now);
    return new HeldPermit(this, line, now);
  }

  #admitWaiting(): void {
    const limit = this.#limit.limit;
    const share = this.#shareOf(limit);
    while (this.#turns.waiting > 0 && this.#underWay < limit) {
      const even = Math.min(share, Math.max(1, Math.floor(limit / this.#turns.lines)));
      const line = this.#turns.next({ share, even });
      if (line?.first === undefined) return;
      const queued = line.first;
      this.#turns.remove(line, queued);
      queued.settle(this.#admit(line));
    }
  }

  #refusalOf(line: FeedLine<Queued>, waiter: Waiter): Turned | undefined {
    const { maxWaiting, feedShare } = this.#bounds;
    const isHog = line.underWay >= this.#shareOf(this.#limit.limit);
    if (line.waiting >= Math.ceil(maxWaiting * feedShare)) return isHog || line.waiting > 0 ? 'feed_full' : 'full';
    if (this.#waitEstimateMs(line) > this.#patienceMs(waiter)) return isHog ? 'feed_full' : 'full';
    return this.#turns.waiting >= maxWaiting && !this.#makeRoom(line) ? 'full' : undefined;
  }

  /** When the lines are full, one of the longest gives way to a feed that has not as many waiting. */
  #makeRoom(line: FeedLine<Queued>): boolean {
    const longest = this.#turns.longest();
    if (longest?.last === undefined || longest.waiting <= line.waiting + 1) return false;
    longest.refusedSince ??= this.#options.timing.now();
    this.#turnAway(longest.last, 'feed_full');
    return true;
  }

  /** Until the turn of a request that joins the line now. */
  #waitEstimateMs(line: FeedLine<Queued>): number {
    const rounds = (line.waiting + 1) * (this.#turns.lines + (line.waiting === 0 ? 1 : 0));
    return this.#crowd.waitMs(Math.min(this.#turns.waiting + 1, rounds), this.#places, this.#options.timing.now());
  }

  #press(): void {
    const now = this.#options.timing.now();
    if (now - this.#pressedAt > PAUSE_MS) this.#pressedSince = now;
    this.#pressedAt = now;
  }

  #patienceMs(waiter: Waiter): number {
    const { maxWaitMs } = this.#bounds;
    const isStanding = this.#pressedAt - this.#pressedSince > maxWaitMs;
    return Math.min(maxWaitMs * (isStanding ? STANDING_WAIT : BURST_WAIT), waiter.remainingMs());
  }

  #queue(line: FeedLine<Queued>, waiter: Waiter): Refused | Promise<Permit | Refused> {
    const { timing } = this.#options;
    if (waiter.signal.aborted) {
      this.#forgetIfEmpty(line);
      return REFUSALS.gone;
    }
    this.#crowd.waits(timing.now());
    return new Promise((resolve) => {
      const queued = new Queued(line, waiter, resolve);
      this.#turns.add(line, queued);
      const waitMs = Math.min(this.#bounds.maxWaitMs, waiter.remainingMs());
      queued.watch(
        timing.after(waitMs, () => this.#turnAway(queued, 'timed_out')),
        () => this.#turnAway(queued, 'gone'),
      );
    });
  }

  #turnAway(queued: Queued, why: Turned): void {
    const { line } = queued;
    this.#turns.remove(line, queued);
    queued.settle(REFUSALS[why]);
    this.#forgetIfEmpty(line);
  }
}
