/** Who observes: the status process itself, and whoever was given a secret; and who of them is silent. */
import { randomBytes } from 'node:crypto';

import { ProblemError } from '@feedfleet/problems';
import type { ObserverEntry } from '@feedfleet/status-probes';

import { LOCAL_OBSERVER } from './local-observer.ts';
import type { ObservingStore } from './observing-store.ts';

/** An observer that reported nothing for this long is silent, in milliseconds. */
const SILENT_MS = 60_000;
/** Each of them costs samples for a year. */
const MOST_OBSERVERS = 32;

interface RosterOptions {
  /** When the status process itself last looked, in milliseconds since the epoch. */
  readonly localSeenAt: () => number | undefined;
  /** Of the process, likewise. */
  readonly startedAt: number;
  /** Whether it knows where to look: one that does not is no observer, and missed by nobody. */
  readonly looksItself: boolean;
}

export class ObserverRoster {
  readonly #store: ObservingStore;
  readonly #localSeenAt: () => number | undefined;
  readonly #startedAt: number;
  readonly #looksItself: boolean;

  constructor(store: ObservingStore, { localSeenAt, startedAt, looksItself }: RosterOptions) {
    this.#store = store;
    this.#localSeenAt = localSeenAt;
    this.#startedAt = startedAt;
    this.#looksItself = looksItself;
  }

  list(now: number): readonly ObserverEntry[] {
    const localSeenAt = this.#localSeenAt();
    if (localSeenAt === undefined && !this.#looksItself) return this.#others(now);
    const local = {
      name: LOCAL_OBSERVER,
      addedAt: null,
      lastSeenAt: instant(localSeenAt),
      isSilent: now - (localSeenAt ?? this.#startedAt) > SILENT_MS,
    };
    return [local, ...this.#others(now)];
  }

  #others(now: number): readonly ObserverEntry[] {
    return this.#store.observers().map(({ name, addedAt, lastSeenAt }) => ({
      name,
      addedAt: new Date(addedAt).toISOString(),
      lastSeenAt: instant(lastSeenAt),
      isSilent: now - (lastSeenAt ?? addedAt) > SILENT_MS,
    }));
  }

  /** @returns the secret, which nobody can be shown again. @throws {ProblemError} `FF_CONFLICT`. */
  add(name: string, now: number): { readonly observer: ObserverEntry; readonly secret: string } {
    const secret = randomBytes(32).toString('base64url');
    const others = this.#store.observers();
    if (others.length >= MOST_OBSERVERS) {
      throw new ProblemError('conflict', {
        detail: `there are ${MOST_OBSERVERS} observers, which is the most there can be`,
      });
    }
    if (name === LOCAL_OBSERVER || !this.#store.addObserver(name, secret, now)) {
      throw new ProblemError('conflict', { detail: `there is an observer "${name}" already` });
    }
    const observer = { name, addedAt: new Date(now).toISOString(), lastSeenAt: null, isSilent: false };
    return { observer, secret };
  }

  /** What it reported stays. @throws {ProblemError} `FF_NO_SUCH_ENTITY`. */
  remove(name: string): void {
    if (this.#store.removeObserver(name)) return;
    const why =
      name === LOCAL_OBSERVER ? 'the status process itself cannot be removed' : `there is no observer "${name}"`;
    throw new ProblemError('noSuchEntity', { detail: why });
  }
}

function instant(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}
