/**
 * How busy the event loop is, told now and then to whoever asks through a balancer: so that it knows a thread that is the bottleneck from
 * one that waits for others.
 *
 * It is looked at when an answer begins, and not by a timer: a loop with hundreds of slices in line gets to its timers once in a second,
 * and an idle process is not woken.
 *
 * Source: Node.js, "Performance measurement APIs", `performance.eventLoopUtilization()`. A loop that has no processor counts as active.
 */
import { ServerResponse } from 'node:http';
import type { IncomingMessage, OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';

/** The percentage, rounded down, of the last 50 to 100 ms in which the event loop did not wait. Between endpoint and balancer only. */
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

  /** @returns `undefined` where it was told just now, by a clock of milliseconds. */
  due(now: number): string | undefined {
    if (now - this.#toldAt < TOLD_EVERY_MS) return undefined;
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

type Fields = OutgoingHttpHeaders | OutgoingHttpHeader[];

/** Answers that tell how busy the loop is in the moment in which they begin. */
export function tellingResponses(meter: BusyMeter): typeof ServerResponse<IncomingMessage> {
  return class TellingResponse extends ServerResponse {
    override writeHead(status: number, fields?: Fields): this;
    override writeHead(status: number, reason?: string, fields?: Fields): this;
    override writeHead(status: number, reasonOrFields?: string | Fields, fields?: Fields): this {
      const busy = meter.due(performance.now());
      if (busy !== undefined && THROUGH_BALANCER in this.req.headers) this.setHeader(BUSY_HEADER, busy);
      return super.writeHead(status, reasonOrFields as string, fields);
    }
  };
}
