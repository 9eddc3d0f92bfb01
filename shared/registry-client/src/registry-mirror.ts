/**
 * A process's copy of the registry: in memory for every request, on disk for the next start, and kept up to date.
 *
 * A change that takes something away from somebody (a revoked key, a feed made private) is on disk before the registry hears that
 * it was applied: a process that dies then must not come back without it. What is only added follows within a second.
 *
 * Nothing on a hot path asks the registry. When it is gone, or answers what cannot be true (a gap in the numbers, another
 * fleet, a number that went back, a shape that is not its own), the last good view stays in force and everything is fetched anew
 * until it makes sense again.
 */
import { ProblemError } from '@feedfleet/problems';

import type { ChangesAnswer } from './api-schemas.ts';
import { systemClock } from './clock.ts';
import type { Clock } from './clock.ts';
import { KeyUseReporter } from './key-use-reporter.ts';
import type { MirrorLog } from './mirror-log.ts';
import type { Operation, Snapshot } from './model.ts';
import { RegistryApi } from './registry-api.ts';
import { RegistryView } from './registry-view.ts';
import { sendByNode } from './send-by-node.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';

export interface RegistryMirrorOptions {
  readonly registryUrl: string;
  /** Bearer token towards the registry: the operator token. */
  readonly token: string;
  /** Where snapshots are kept: `<data>/snapshots/<instance>`. Made when it is missing. */
  readonly folder: string;
  /** Id of this process towards the registry: its instance. */
  readonly subscriber: string;
  readonly log: MirrorLog;
  readonly clock?: Clock;
  /** From 0 up to 1, for the jitter of reconnects. Default `Math.random`. */
  readonly random?: () => number;
  /** Ends the mirror, like `close`. */
  readonly signal: AbortSignal;
}

export interface MirrorState {
  /** Number of the view; `null` before the first. */
  readonly number: number | null;
  /** Whether the last exchange with the registry succeeded. */
  readonly connected: boolean;
  /** Milliseconds since the registry last confirmed the view; `null` when it has not yet since the start. */
  readonly ageMs: number | null;
  /** Exchanges that failed, and answers that were refused, since the start. */
  readonly failures: number;
}

export interface RegistryMirror {
  /** @throws {ProblemError} `FF_REGISTRY_UNAVAILABLE` only when there never was a snapshot. */
  current(): RegistryView;
  /** Resolves when there is a view, from disk or from the registry; rejects with the signal's reason. */
  ready(signal: AbortSignal): Promise<void>;
  /** Called after every change of the view, also for the first one; returns what ends it. */
  onChange(listener: (view: RegistryView) => void): () => void;
  state(): MirrorState;
  /** Best effort: batched, bounded, sent every 10 s and at close. */
  reportKeyUse(keyId: string): void;
  /** Writes what is not on disk yet and lets go. Idempotent; never rejects. */
  close(): Promise<void>;
}

const pollWaitMs = 20_000;
const firstBackoffMs = 100;
/** Shorter than a write waits for those who follow, so that the first write after a return of the registry reaches all. */
const longestBackoffMs = 1000;
/** An empty answer that comes sooner than this is not what was asked for; the next question waits a little. */
const hastyAnswerMs = 100;
const farewellMs = 1000;

/** Loads the last good snapshot from disk, then follows the registry until it is closed. */
export async function openRegistryMirror(options: RegistryMirrorOptions): Promise<RegistryMirror> {
  const { folder, log, clock = systemClock } = options;
  const keeper = new SnapshotKeeper({ folder, clock, log });
  const view = await keeper.load();
  return new FollowingMirror(options, keeper, view);
}

/** Different from what the last good view allows; the registry cannot be believed. */
function implausible(detail: string): ProblemError {
  return new ProblemError('registryUnavailable', { detail });
}

function altersAccess(before: RegistryView, { entity, id }: Operation): boolean {
  if (entity === 'key') return before.keyById(id) !== undefined;
  // Who has lost the writes must not come back with them.
  if (entity === 'datacenter') return true;
  return entity === 'feed' && before.feedById(id) !== undefined;
}

class FollowingMirror implements RegistryMirror {
  readonly #options: RegistryMirrorOptions;
  readonly #clock: Clock;
  readonly #api: RegistryApi;
  readonly #keeper: SnapshotKeeper;
  readonly #keyUse: KeyUseReporter;
  readonly #closing = new AbortController();
  readonly #hasView = Promise.withResolvers<undefined>();
  readonly #listeners = new Set<(view: RegistryView) => void>();
  readonly #following: Promise<void>;
  #view: RegistryView | undefined;
  #confirmedAt: number | null = null;
  #connected = false;
  #failures = 0;
  #failuresInARow = 0;
  #closed: Promise<void> | undefined;

  constructor(options: RegistryMirrorOptions, keeper: SnapshotKeeper, view: RegistryView | undefined) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#api = new RegistryApi({ url: options.registryUrl, token: options.token, send: sendByNode });
    this.#keeper = keeper;
    this.#keyUse = new KeyUseReporter({ api: this.#api, clock: this.#clock });
    this.#hasView.promise.catch(() => undefined);
    this.#view = view;
    if (view !== undefined) this.#hasView.resolve(undefined);
    options.signal.addEventListener('abort', () => void this.close(), { once: true });
    this.#following = this.#follow();
    if (options.signal.aborted) void this.close();
  }

  current(): RegistryView {
    if (this.#view === undefined) {
      throw new ProblemError('registryUnavailable', { detail: 'There is no snapshot of the registry yet.' });
    }
    return this.#view;
  }

  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const aborted = Promise.withResolvers<undefined>();
    const abort = (): void => aborted.reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([this.#hasView.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  onChange(listener: (view: RegistryView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  state(): MirrorState {
    return {
      number: this.#view?.number ?? null,
      connected: this.#connected,
      ageMs: this.#confirmedAt === null ? null : this.#clock.now() - this.#confirmedAt,
      failures: this.#failures,
    };
  }

  reportKeyUse(keyId: string): void {
    this.#keyUse.report(keyId);
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort();
    this.#hasView.reject(new ProblemError('draining'));
    await this.#following;
    const farewell = this.#connected
      ? this.#api.unsubscribe(this.#options.subscriber, AbortSignal.timeout(farewellMs)).catch(() => undefined)
      : undefined;
    await Promise.all([this.#keyUse.close(), this.#keeper.close(), farewell]);
    this.#connected = false;
  }

  async #follow(): Promise<void> {
    const { signal } = this.#closing;
    const { subscriber } = this.#options;
    let needsSnapshot = true;
    while (!signal.aborted) {
      try {
        if (needsSnapshot && this.#adopt(await this.#api.snapshot({ subscriber }, signal))) await this.#keeper.flush();
        needsSnapshot = false;
        await this.#poll(signal);
      } catch (error) {
        needsSnapshot = true;
        await this.#fail(error, signal);
      }
    }
  }

  async #poll(signal: AbortSignal): Promise<void> {
    const { subscriber } = this.#options;
    const askedAt = this.#clock.now();
    const answer = await this.#api.changes({ after: this.current().number, waitMs: pollWaitMs, subscriber }, signal);
    if (this.#advance(answer)) await this.#keeper.flush();
    const isHasty = answer.changes.length === 0 && this.#clock.now() - askedAt < hastyAnswerMs;
    if (isHasty) await this.#clock.sleep(this.#jittered(hastyAnswerMs), signal);
  }

  /** @returns whether it is news. */
  #adopt(snapshot: Snapshot): boolean {
    const { fleetId, number } = this.#view ?? snapshot;
    if (snapshot.fleetId !== fleetId) throw implausible('It answers for another fleet.');
    if (snapshot.number < number) throw implausible(`Its number went back from ${number} to ${snapshot.number}.`);
    const view = RegistryView.of(snapshot);
    const isKnown =
      this.#view !== undefined && JSON.stringify(this.#view.toSnapshot()) === JSON.stringify(view.toSnapshot());
    this.#confirm();
    if (!isKnown) this.#replace(view);
    return !isKnown;
  }

  /**
   * All changes of an answer, or none.
   *
   * @returns whether one of them alters or removes a feed or a key that there was.
   */
  #advance({ fleetId, number, changes }: ChangesAnswer): boolean {
    const before = this.current();
    if (fleetId !== before.fleetId) throw implausible('It answers for another fleet.');
    if (number < before.number) throw implausible(`Its number went back from ${before.number} to ${number}.`);
    const view = changes.reduce((current, change) => current.apply(change), before);
    this.#confirm();
    if (view !== before) this.#replace(view);
    return changes.some(({ operations }) => operations.some((operation) => altersAccess(before, operation)));
  }

  #replace(view: RegistryView): void {
    this.#view = view;
    this.#hasView.resolve(undefined);
    this.#keeper.keep(view);
    for (const listener of [...this.#listeners]) {
      try {
        listener(view);
      } catch (error) {
        this.#options.log.error('a listener of the registry mirror failed', error, { 'registry.number': view.number });
      }
    }
  }

  #confirm(): void {
    if (!this.#connected) this.#options.log.info('following the registry', { failures: this.#failuresInARow });
    this.#connected = true;
    this.#failuresInARow = 0;
    this.#confirmedAt = this.#clock.now();
  }

  /** Logged once for as long as it lasts. */
  async #fail(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { log } = this.#options;
    this.#connected = false;
    this.#failures += 1;
    this.#failuresInARow += 1;
    if (this.#failuresInARow === 1) {
      log.warn('the registry cannot be followed, the last good snapshot stays in force', {
        'error.type': error instanceof ProblemError ? error.code : 'Error',
        'error.message': error instanceof Error ? error.message : String(error),
        'registry.number': this.#view?.number ?? null,
      });
    }
    const backoffMs = Math.min(longestBackoffMs, firstBackoffMs * 2 ** Math.min(this.#failuresInARow - 1, 16));
    await this.#clock.sleep(this.#jittered(backoffMs), signal).catch(() => undefined);
  }

  /** Between half and all of it, so that the processes of a fleet do not come back as one. */
  #jittered(milliseconds: number): number {
    const { random = Math.random } = this.#options;
    return milliseconds * (0.5 + random() / 2);
  }
}
