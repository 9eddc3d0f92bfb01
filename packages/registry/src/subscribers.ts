/**
 * Who follows the registry and how far each has come; who waits for a change, and who waits for everybody to have one.
 *
 * A poll with `after=N` says that the subscriber has applied everything up to N. A write is answered when all who follow
 * have said so for its number: a feed that was created can be used right after the command returns, a revoked key cannot.
 * Who followed is remembered, so that this holds for the first write after a restart too.
 */
import { ProblemError } from '@feedfleet/problems';
import type { Clock, Subscriber } from '@feedfleet/registry-client';

import type { RegistryLog } from './registry-log.ts';

export interface Poll {
  /** `undefined` for somebody who only looks. */
  readonly subscriber: string | undefined;
  readonly after: number;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

export interface Applied {
  readonly processes: number;
  readonly of: number;
}

export interface SubscribersOptions {
  readonly clock: Clock;
  readonly memory: Pick<RegistryLog, 'followers' | 'rememberFollower' | 'forgetFollower'>;
  /** Of the newest change at the start: nobody waits for an older one any more. */
  readonly number: number;
}

interface Follower {
  number: number;
  lastPollAt: number;
  polls: number;
}

interface AppliedWait {
  readonly number: number;
  readonly awaited: ReadonlySet<string>;
  readonly done: () => void;
}

/** Who has not polled for longer is not waited for. */
const followsMs = 30_000;
/** Who has not polled for longer is forgotten. */
const forgottenMs = 3_600_000;
const maxSubscribers = 10_000;
const maxPolls = 20_000;
const longestAppliedWaitMs = 2000;

export class Subscribers {
  readonly #clock: Clock;
  readonly #memory: SubscribersOptions['memory'];
  readonly #followers = new Map<string, Follower>();
  readonly #polls = new Set<() => void>();
  readonly #appliedWaits = new Set<AppliedWait>();
  #isDraining = false;

  constructor({ clock, memory, number }: SubscribersOptions) {
    this.#clock = clock;
    this.#memory = memory;
    const lastPollAt = clock.now();
    for (const id of memory.followers()) this.#followers.set(id, { number, lastPollAt, polls: 0 });
  }

  /**
   * Somebody takes the snapshot, to follow from there: every write from now on waits for it, also before its first poll.
   *
   * @throws {ProblemError} `FF_OVERLOADED` beyond the bound on subscribers.
   */
  join(subscriber: string): void {
    if (!this.#followers.has(subscriber)) this.#admit(subscriber);
  }

  /**
   * Resolves when there is something newer than `after`, when the time is up, or when the registry drains.
   *
   * @param newest - number of the newest change.
   * @throws {ProblemError} `FF_OVERLOADED` beyond the bounds on subscribers and polls.
   */
  async wait({ subscriber, after, waitMs, signal }: Poll, newest: number): Promise<void> {
    const follower = subscriber === undefined ? undefined : this.#acknowledge(subscriber, after);
    if (newest > after || waitMs <= 0 || this.#isDraining || signal.aborted) return;
    if (this.#polls.size >= maxPolls)
      throw new ProblemError('overloaded', { detail: `more than ${maxPolls} polls wait` });
    if (follower !== undefined) follower.polls += 1;
    try {
      await this.#nextChange(waitMs, signal);
    } finally {
      if (follower !== undefined) {
        follower.polls -= 1;
        follower.lastPollAt = this.#clock.now();
      }
    }
  }

  /** A change was made: everybody who waits for one asks anew. */
  wake(): void {
    const waiting = [...this.#polls];
    this.#polls.clear();
    for (const resume of waiting) resume();
  }

  /** Resolves when all who follow have applied `number`, or after two seconds. */
  async applied(number: number, signal: AbortSignal): Promise<Applied> {
    const following = this.#following();
    const lagging = following.filter((id) => (this.#followers.get(id)?.number ?? 0) < number);
    if (lagging.length > 0 && !this.#isDraining) await this.#untilApplied(number, new Set(lagging), signal);
    const processes = following.filter((id) => this.#hasApplied(id, number)).length;
    return { processes, of: following.length };
  }

  /** @returns whether it was known. */
  remove(subscriber: string): boolean {
    const isKnown = this.#drop(subscriber);
    this.#settleApplied();
    return isKnown;
  }

  list(): readonly Subscriber[] {
    this.#forget();
    return [...this.#followers]
      .map(([id, { number, lastPollAt, polls }]) => ({
        id,
        number,
        lastPollAt: new Date(lastPollAt).toISOString(),
        isPolling: polls > 0,
      }))
      .sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  /** How many polls wait at this moment. */
  get waiting(): number {
    return this.#polls.size;
  }

  /** Answers all who wait at once, also those that come later. */
  drain(): void {
    this.#isDraining = true;
    this.wake();
    for (const { done } of [...this.#appliedWaits]) done();
  }

  #acknowledge(subscriber: string, number: number): Follower {
    const lastPollAt = this.#clock.now();
    const follower = this.#followers.get(subscriber) ?? this.#admit(subscriber);
    follower.number = number;
    follower.lastPollAt = lastPollAt;
    this.#settleApplied();
    return follower;
  }

  #admit(subscriber: string): Follower {
    this.#forget();
    if (this.#followers.size >= maxSubscribers) {
      throw new ProblemError('overloaded', { detail: `more than ${maxSubscribers} subscribers` });
    }
    const follower = { number: 0, lastPollAt: this.#clock.now(), polls: 0 };
    this.#followers.set(subscriber, follower);
    tryTo(() => this.#memory.rememberFollower(subscriber));
    return follower;
  }

  async #nextChange(waitMs: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    const resume = (): void => woken.abort();
    this.#polls.add(resume);
    signal.addEventListener('abort', resume, { once: true });
    try {
      await this.#clock.sleep(waitMs, woken.signal).catch(() => undefined);
    } finally {
      this.#polls.delete(resume);
      signal.removeEventListener('abort', resume);
    }
  }

  async #untilApplied(number: number, awaited: ReadonlySet<string>, signal: AbortSignal): Promise<void> {
    const ended = new AbortController();
    const done = (): void => ended.abort();
    const wait: AppliedWait = { number, awaited, done };
    this.#appliedWaits.add(wait);
    signal.addEventListener('abort', done, { once: true });
    try {
      await this.#clock.sleep(longestAppliedWaitMs, ended.signal).catch(() => undefined);
    } finally {
      this.#appliedWaits.delete(wait);
      signal.removeEventListener('abort', done);
    }
  }

  #settleApplied(): void {
    for (const { number, awaited, done } of this.#appliedWaits) {
      if ([...awaited].every((id) => this.#hasApplied(id, number))) done();
    }
  }

  /** Who left holds nothing that could be out of date. */
  #hasApplied(subscriber: string, number: number): boolean {
    const follower = this.#followers.get(subscriber);
    return follower === undefined || follower.number >= number;
  }

  #following(): readonly string[] {
    const since = this.#clock.now() - followsMs;
    return [...this.#followers]
      .filter(([, { polls, lastPollAt }]) => polls > 0 || lastPollAt >= since)
      .map(([id]) => id);
  }

  #forget(): void {
    const since = this.#clock.now() - forgottenMs;
    for (const [id, { polls, lastPollAt }] of this.#followers) {
      if (polls === 0 && lastPollAt < since) this.#drop(id);
    }
  }

  #drop(id: string): boolean {
    const isKnown = this.#followers.delete(id);
    if (isKnown) tryTo(() => this.#memory.forgetFollower(id));
    return isKnown;
  }
}

/** A follower that cannot be noted is followed all the same; only a write right after a restart does not wait for it. */
function tryTo(note: () => void): void {
  try {
    note();
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
  }
}
