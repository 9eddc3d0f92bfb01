/** What the status process does by itself: each second it looks at the states, each minute it sums up, each hour it removes what is old. */
import type { Logger } from '@feedfleet/host';
import type { Clock } from '@feedfleet/registry-client';
import { HOUR_MS } from '@feedfleet/uptime';

interface UpkeepWork {
  look(): void;
  sumUp(signal: AbortSignal): Promise<void>;
  removeOld(signal: AbortSignal): Promise<void>;
}

export interface UpkeepOptions {
  readonly work: UpkeepWork;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'error'>;
}

const restMs = 1000;
const sumUpMs = 60_000;

export class Upkeep {
  readonly #options: UpkeepOptions;
  readonly #stopping = new AbortController();
  #running: Promise<void> | undefined;
  #summedUpAt = Number.NEGATIVE_INFINITY;
  #removedAt = Number.NEGATIVE_INFINITY;
  #isFailing = false;

  constructor(options: UpkeepOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      await this.#tidy(signal);
      try {
        await clock.sleep(restMs, signal);
      } catch {
        return;
      }
    }
  }

  /** What cannot be done now is done the next time. */
  async #tidy(signal: AbortSignal): Promise<void> {
    const { work, clock, log } = this.#options;
    const now = clock.now();
    // A clock that was set back does not stop it.
    const isOver = (since: number, lengthMs: number): boolean => now < since || now - since >= lengthMs;
    try {
      work.look();
      if (isOver(this.#summedUpAt, sumUpMs)) {
        await work.sumUp(signal);
        this.#summedUpAt = now;
      }
      if (isOver(this.#removedAt, HOUR_MS)) {
        await work.removeOld(signal);
        this.#removedAt = now;
      }
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) log.error('the status of the fleet cannot be kept', error);
      this.#isFailing = true;
    }
  }
}
