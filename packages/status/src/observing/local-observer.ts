/** The status process as an observer of its own: its samples need no way and no signature. */
import type { Sample } from '@feedfleet/status-model';
import { Observer } from '@feedfleet/status-probes';
import type { ObservationPlan } from '@feedfleet/status-probes';

import type { StatusContext } from '../part.ts';
import type { LatestSamples } from './latest-samples.ts';

export interface LocalObserverOptions {
  readonly context: Pick<StatusContext, 'clock' | 'ingest' | 'log' | 'settings'>;
  readonly latest: LatestSamples;
  readonly plan: () => ObservationPlan | undefined;
}

/** Its name in the report; nobody else may have it. */
export const LOCAL_OBSERVER = 'local';
/** Samples are stored together, so that the disk is waited for once: every so often, in milliseconds. */
const FLUSH_MS = 1_000;
/** Answers that a key or feed that is gone gives. */
const DOUBTFUL = /\b(?:401|403|FF_NO_SUCH_FEED)\b/;

export class LocalObserver {
  readonly #options: LocalObserverOptions;
  readonly #observer: Observer;
  readonly #waiting: Sample[] = [];
  #timer: NodeJS.Timeout | undefined;
  #doubts = false;
  #seenAt: number | undefined;

  constructor(options: LocalObserverOptions) {
    const { context, plan } = options;
    this.#options = options;
    this.#observer = new Observer({
      name: LOCAL_OBSERVER,
      plan,
      now: () => context.clock.now(),
      onSample: (sample) => this.#take(sample),
      onFault: (error) => context.log.error('a look at the fleet failed in itself', asError(error)),
    });
  }

  start(): void {
    this.#observer.start();
    this.#timer = setInterval(() => this.#flush(), FLUSH_MS);
  }

  stop(): void {
    this.#observer.stop();
    clearInterval(this.#timer);
    this.#flush();
  }

  /** When it last had anything to tell, since the epoch. */
  seenAt(): number | undefined {
    return this.#seenAt;
  }

  /** Whether an answer since the last call said that the canary is not what it was. */
  doubtsCanary(): boolean {
    const doubts = this.#doubts;
    this.#doubts = false;
    return doubts;
  }

  #take(sample: Sample): void {
    this.#waiting.push(sample);
    if (sample.reason !== null && DOUBTFUL.test(sample.reason)) this.#doubts = true;
  }

  /** By interval, which says how long the samples hold. */
  #flush(): void {
    const samples = this.#waiting.splice(0);
    const { familyIntervalMs, instanceIntervalMs } = this.#options.context.settings;
    this.#hand(
      samples.filter(({ component }) => component.startsWith('family:')),
      familyIntervalMs,
    );
    this.#hand(
      samples.filter(({ component }) => !component.startsWith('family:')),
      instanceIntervalMs,
    );
  }

  #hand(samples: Sample[], intervalMs: number): void {
    if (samples.length === 0) return;
    const batch = { observer: LOCAL_OBSERVER, intervalMs, samples };
    const { context, latest } = this.#options;
    latest.take(batch);
    this.#seenAt = context.clock.now();
    try {
      context.ingest(batch);
    } catch (error) {
      context.log.error('samples could not be stored', asError(error));
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
