/**
 * Counts downloads in memory, and brings them to the store now and then.
 *
 * A download costs its request an addition in a map. What is counted is taken from the map when the store has it durably, and not
 * before: a store that does not answer loses nothing, a process that is killed loses what came since the last flush, and one
 * that drains nothing. All versions under way are bounded; a store that is gone for long lets further ones go uncounted.
 */
import type { Counter, Logger, Metrics } from '@feedfleet/host';
import { MAX_COUNTS_PER_ADD } from '@feedfleet/store';
import type { DownloadCount, DownloadCounts } from '@feedfleet/store';

export interface DownloadCounterOptions {
  readonly downloads: Pick<DownloadCounts, 'add' | 'reveal'>;
  /** Average time between flushes, in milliseconds; each is half to one and a half of it, so that processes do not keep in step. */
  readonly flushMs: number;
  /** Of `DownloadCounts.reveal`. */
  readonly revealMs: number;
  readonly log: Pick<Logger, 'warn' | 'info' | 'error'>;
  readonly metrics: Metrics;
  /** From 0 up to 1. Default `Math.random`. */
  readonly random?: () => number;
}

/** Versions with counts under way. */
const MAX_PENDING = 100_000;
/** From so many on, nobody waits for the next flush. */
const FLUSH_AT = 10_000;
const FINAL_TRIES = 2;

export class DownloadCounter {
  readonly #options: DownloadCounterOptions;
  readonly #pending = new Map<number, number>();
  readonly #counted: Counter;
  readonly #uncounted: Counter;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<boolean> | undefined;
  /** Why the store took no counts the last time; undefined when it did. */
  #failure: unknown;
  #isClosed = false;

  constructor(options: DownloadCounterOptions) {
    this.#options = options;
    const { metrics } = options;
    this.#counted = metrics.counter({
      name: 'feedfleet_downloads_total',
      help: 'Downloads that the store has counted.',
    });
    this.#uncounted = metrics.counter({
      name: 'feedfleet_downloads_uncounted_total',
      help: 'Downloads that were not counted, because the store took no counts for too long.',
    });
    metrics.gauge({
      name: 'feedfleet_downloads_pending_versions',
      help: 'Versions with downloads that the store has not counted yet.',
      collect: () => this.#pending.size,
    });
    this.#schedule();
  }

  /** Counts one download. @param versionKey - `StoredVersion.key`. */
  readonly count = (versionKey: number): void => {
    const counted = this.#pending.get(versionKey);
    if (counted === undefined && this.#pending.size >= MAX_PENDING) {
      this.#uncounted.inc();
      return;
    }
    this.#pending.set(versionKey, (counted ?? 0) + 1);
    if (counted === undefined && this.#pending.size === FLUSH_AT) void this.flush();
  };

  /** Never rejects. @returns whether the store has all that was counted before. */
  flush(): Promise<boolean> {
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = undefined;
    });
    return this.#flushing;
  }

  /** To be called when no request is under way any more, and before the store is closed. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    // One that is under way may have begun before the last counts.
    await this.#flushing;
    for (let tries = 0; tries < FINAL_TRIES && this.#pending.size > 0; tries += 1) await this.flush();
    if (this.#pending.size === 0) return;
    const lost = [...this.#pending.values()].reduce((sum, downloads) => sum + downloads, 0);
    this.#options.log.error('downloads lost', this.#failure, { 'downloads.count': lost });
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const { flushMs, random = Math.random } = this.#options;
    this.#timer = setTimeout(() => void this.flush().then(() => this.#schedule()), flushMs * (0.5 + random())).unref();
  }

  async #flush(): Promise<boolean> {
    const { downloads, revealMs, log } = this.#options;
    try {
      const counts = [...this.#pending].map(([versionKey, count]) => ({ versionKey, downloads: count }));
      for (let start = 0; start < counts.length; start += MAX_COUNTS_PER_ADD) {
        const batch = counts.slice(start, start + MAX_COUNTS_PER_ADD);
        await downloads.add(batch);
        this.#settle(batch);
      }
      await downloads.reveal(revealMs);
      if (this.#failure !== undefined) log.info('downloads are counted again');
      this.#failure = undefined;
      return true;
    } catch (error) {
      if (this.#failure === undefined) log.warn('downloads wait to be counted', { 'error.message': String(error) });
      this.#failure = error;
      return false;
    }
  }

  /** Takes away what the store has; more may have come meanwhile. */
  #settle(batch: readonly DownloadCount[]): void {
    for (const { versionKey, downloads } of batch) {
      const left = (this.#pending.get(versionKey) ?? 0) - downloads;
      if (left > 0) this.#pending.set(versionKey, left);
      else this.#pending.delete(versionKey);
      this.#counted.inc({}, downloads);
    }
  }
}
