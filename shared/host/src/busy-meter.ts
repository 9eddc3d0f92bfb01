/**
 * How busy the event loop is, told now and then to whoever asks through a balancer: so that it knows a thread that is the bottleneck from
 * one that waits for others.
 *
 * It is looked at when an answer begins, and not by a timer: a loop with hundreds of slices in line gets to its timers once in a second,
 * and an idle process is not woken.
 *
 * Source: Node.js, "Performance measurement APIs", `performance.eventLoopUtilization()`. A loop that has no processor counts as active.
 */
import type { ServerResponse } from 'node:http';
import type { HostRequestContext } from './host-request-context.ts';

/**
 * The percentage, rounded down, of the last 50 to 100 ms in which the event loop did not wait. It is looked at with answers only: where the
 * last one that told it is longer ago, it is the percentage since then, also in the first 50 ms of a burst. Between endpoint and balancer only.
 */
export const BUSY_HEADER = 'x-feedfleet-busy';
/** What every request through a balancer has. */
const THROUGH_BALANCER = 'x-forwarded-host';
/** Told with one answer in so many milliseconds at most: what is told costs some microseconds. */
const TOLD_EVERY_MS = 20;
const WINDOW_MS = 50;

/** Of the loop since its start, in milliseconds. */
export interface LoopTimes {
  readonly idle: number;
  readonly active: number;
}

export class BusyMeter {
  readonly #look: () => LoopTimes;
  #toldAt = -Infinity;
  /** Where the window before began, and this one. */
  #before: LoopTimes;
  #begin: LoopTimes;

  constructor(look: () => LoopTimes) {
    this.#look = look;
    this.#begin = look();
    this.#before = this.#begin;
  }

  isDue(now: number): boolean {
    return now - this.#toldAt >= TOLD_EVERY_MS;
  }

  /** @returns what is to be told; `undefined` where that was done just now, by a clock of milliseconds. */
  due(now: number): string | undefined {
    if (!this.isDue(now)) return undefined;
    this.#toldAt = now;
    const times = this.#look();
    if (spanMs(this.#begin, times) >= WINDOW_MS) {
      this.#before = this.#begin;
      this.#begin = times;
    }
    const span = spanMs(this.#before, times);
    return span === 0 ? undefined : String(Math.floor((100 * (times.active - this.#before.active)) / span));
  }
}

function spanMs(from: LoopTimes, to: LoopTimes): number {
  return to.idle + to.active - from.idle - from.active;
}

/** So many requests under way are a crowd: whichever of them ends first is to tell. */
const CROWD = 16;

/** Has answers tell how busy the loop is in the moment in which they begin. */
export class BusyTeller {
  readonly #meter: BusyMeter;
  readonly #now: () => number;

  /** @param now - milliseconds, from where requests count theirs. */
  constructor(meter: BusyMeter, now: () => number) {
    this.#meter = meter;
    this.#now = now;
  }

  /** Costs a comparison where it was told just now. */
  began(
    { request, response, startedAt }: Pick<HostRequestContext, 'request' | 'response' | 'startedAt'>,
    active: number,
  ): void {
    if ((active < CROWD && !this.#meter.isDue(startedAt)) || !(THROUGH_BALANCER in request.headers)) return;
    const writeHead = response.writeHead.bind(response) as (...head: unknown[]) => ServerResponse;
    response.writeHead = (...head: unknown[]): ServerResponse => {
      const busy = this.#meter.due(this.#now());
      if (busy !== undefined && !response.headersSent) response.setHeader(BUSY_HEADER, busy);
      return writeHead(...head);
    };
  }
}
