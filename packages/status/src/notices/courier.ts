/** Carries notices to their subscribers: a few at a time, each subscriber in order, as long as the process runs. */
import type { Logger, Metrics } from '@feedfleet/host';
import type { Clock } from '@feedfleet/registry-client';

import { DeliveryFailure } from './delivery-failure.ts';
import type { DeliveryStore, WaitingDelivery } from './delivery-store.ts';
import type { SentNotice } from './notice.ts';
import { nextAttemptAt } from './retry-schedule.ts';
import type { StoredSubscriber, SubscriberStore } from './subscriber-store.ts';

const MAX_AT_ONCE = 8;
const LONGEST_PAUSE_MS = 60_000;

export interface CourierOptions {
  readonly deliveries: DeliveryStore;
  readonly subscribers: SubscriberStore;
  /** @param id - the same for every attempt at one delivery. @throws {DeliveryFailure} */
  readonly send: (subscriber: StoredSubscriber, notice: SentNotice, id: string, signal: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Logger;
  readonly metrics: Metrics;
}

export class Courier {
  readonly #options: CourierOptions;
  readonly #stop = new AbortController();
  readonly #busy = new Map<string, Promise<void>>();
  readonly #count: (state: string) => void;
  #wake: (() => void) | undefined;
  #running: Promise<void> | undefined;

  constructor(options: CourierOptions) {
    this.#options = options;
    const counter = options.metrics.counter({
      name: 'feedfleet_status_deliveries_total',
      help: 'Attempts at telling a subscriber, by how they ended: sent, retry, failed.',
      labels: ['outcome'],
    });
    this.#count = (outcome) => counter.inc({ outcome });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** There may be something new. */
  wake(): void {
    this.#wake?.();
  }

  /** What is under way is given up and told again by the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#running;
    await Promise.allSettled(this.#busy.values());
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      const pause = new AbortController();
      const pauseMs = this.#sendDue();
      const slept = this.#options.clock.sleep(pauseMs, AbortSignal.any([signal, pause.signal])).catch(() => undefined);
      await Promise.race([woken, slept]);
      pause.abort();
    }
  }

  /** @returns for how long there is nothing to do. */
  #sendDue(): number {
    const { deliveries, clock, log } = this.#options;
    try {
      const busy = new Set(this.#busy.keys());
      for (const waiting of deliveries.due(clock.now(), busy, MAX_AT_ONCE - this.#busy.size)) this.#begin(waiting);
      if (this.#busy.size >= MAX_AT_ONCE) return LONGEST_PAUSE_MS;
      const nextAt = deliveries.nextAt(new Set(this.#busy.keys()));
      return nextAt === undefined ? LONGEST_PAUSE_MS : Math.min(Math.max(nextAt - clock.now(), 1), LONGEST_PAUSE_MS);
    } catch (error) {
      log.error('notices are not sent', error);
      return LONGEST_PAUSE_MS;
    }
  }

  #begin(waiting: WaitingDelivery): void {
    const work = this.#deliver(waiting)
      .catch((error: unknown) => this.#options.log.error('a delivery could not be settled', error as Error))
      .finally(() => {
        this.#busy.delete(waiting.subscriber);
        this.#wake?.();
      });
    this.#busy.set(waiting.subscriber, work);
  }

  async #deliver(waiting: WaitingDelivery): Promise<void> {
    const { deliveries, subscribers, send, clock } = this.#options;
    const { signal } = this.#stop;
    const subscriber = subscribers.find(waiting.subscriber);
    if (subscriber === undefined) {
      deliveries.failed(waiting.id, { problem: 'there is no such subscriber', nextAt: undefined, now: clock.now() });
      return;
    }
    try {
      await send(subscriber, waiting.notice, `delivery-${waiting.id}`, signal);
      deliveries.sent(waiting.id, clock.now());
      this.#count('sent');
    } catch (error) {
      // Given up because the process ends: the next start sends it.
      if (!signal.aborted) this.#failed(waiting, error);
    }
  }

  #failed(waiting: WaitingDelivery, error: unknown): void {
    const { deliveries, clock, random, log } = this.#options;
    const { isRefused, retryAfterMs, message } =
      error instanceof DeliveryFailure ? error : new DeliveryFailure((error as Error).message);
    const now = clock.now();
    const attempted = { attempts: waiting.attempts + 1, isRefused, retryAfterMs, createdAt: waiting.notice.at, now };
    const nextAt = nextAttemptAt(attempted, random());
    deliveries.failed(waiting.id, { problem: message, nextAt, now });
    this.#count(nextAt === undefined ? 'failed' : 'retry');
    if (nextAt === undefined) {
      log.warn('a subscriber was not told', { 'feedfleet.subscriber': waiting.subscriber, 'error.message': message });
    }
  }
}
