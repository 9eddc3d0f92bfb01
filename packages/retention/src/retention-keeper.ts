/**
 * Keeps the feeds of a fleet within their retention: looks at each feed that has one, and that has changed since, again and again.
 *
 * One feed at a time, in slices: it yields to the pushes whose process it shares.
 */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@feedfleet/host';
import type { Feed } from '@feedfleet/registry-client';
import type { EmbeddedStore } from '@feedfleet/store';
import { sweep } from './sweep.ts';
import type { RetentionPolicy } from './plan.ts';

export type KeptFeed = Pick<Feed, 'id' | 'name' | keyof RetentionPolicy>;

export interface RetentionKeeperOptions {
  /** As of now. */
  readonly feeds: () => readonly KeptFeed[];
  readonly store: Pick<EmbeddedStore, 'blobs' | 'metadata' | 'retention'>;
  /** How long it rests after a round over all feeds, in milliseconds. */
  readonly restMs: number;
  readonly log: Pick<Logger, 'info' | 'error'>;
}

export class RetentionKeeper {
  readonly #options: RetentionKeeperOptions;
  readonly #end = new AbortController();
  /** By feed: its revision and policy when nothing more was to go. */
  readonly #settled = new Map<string, string>();
  #running: Promise<void> | undefined;

  constructor(options: RetentionKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Resolves when the batch under way is done. Idempotent. */
  async stop(): Promise<void> {
    this.#end.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#end;
    while (!signal.aborted) {
      for (const feed of this.#options.feeds()) await this.#keep(feed);
      await delay(this.#options.restMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Never rejects: a feed that fails is looked at again in the next round. */
  async #keep({ id, name, keepStable, keepPrerelease }: KeptFeed): Promise<void> {
    const { signal } = this.#end;
    if (signal.aborted || (keepStable === null && keepPrerelease === null)) return;
    const { metadata, retention, blobs } = this.#options.store;
    const stateAt = (revision: number): string => `${revision} ${keepStable} ${keepPrerelease}`;
    try {
      if (this.#settled.get(id) === stateAt(metadata.revisionOf(id))) return;
      const result = await sweep({
        ...{ feedId: id, policy: { keepStable, keepPrerelease }, metadata, retention },
        removeBlob: (sha512) => blobs.remove(sha512),
        pause: () => nextTurn(),
        isOver: () => signal.aborted,
      });
      if (result.isComplete) this.#settled.set(id, stateAt(result.revision));
      if (result.removed.length > 0) this.#options.log.info('retention', countsOf(name, result));
    } catch (error) {
      this.#options.log.error('retention failed', error, { feed: name });
    }
  }
}

function countsOf(
  name: string,
  result: { readonly removed: readonly unknown[]; readonly protected: readonly unknown[] },
) {
  return { feed: name, 'versions.removed': result.removed.length, 'versions.protected': result.protected.length };
}
