/**
 * A day of the past on a compressed clock: an hour of it takes some seconds. What a request takes is not compressed; limits of time are
 * where a replay says so.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** `15:15`, up to `47:59`: hours beyond 24 are those of the next day. */
export type DayTime = `${number}:${number}`;

const MINUTES_PER_HOUR = 60;
const HOURS_PER_DAY = 24;
const SECOND_MS = 1_000;

function minutesOf(time: DayTime): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * MINUTES_PER_HOUR + minutes;
}

/** As people of that day would say it. */
export function shownTime(time: DayTime): string {
  const [hours = '', minutes = ''] = time.split(':');
  return `${String(Number(hours) % HOURS_PER_DAY).padStart(2, '0')}:${minutes}`;
}

export interface ReplayClockOptions {
  /** When the replay begins. */
  readonly from: DayTime;
  /** What an hour of the day takes, in milliseconds. */
  readonly hourMs: number;
}

export class ReplayClock {
  readonly #from: number;
  readonly hourMs: number;
  #begun = performance.now();
  #begunAt = Date.now();

  constructor({ from, hourMs }: ReplayClockOptions) {
    this.#from = minutesOf(from);
    this.hourMs = hourMs;
  }

  begin(): void {
    this.#begun = performance.now();
    this.#begunAt = Date.now();
  }

  /** Begins within a second, so that `time` falls on a whole second of this machine's clock. */
  async beginOnSecondOf(time: DayTime): Promise<void> {
    await delay(SECOND_MS - ((Date.now() + this.#dueMs(time)) % SECOND_MS));
    this.begin();
  }

  /** Resolves at once when it is later already. */
  async until(time: DayTime): Promise<void> {
    const leftMs = this.#dueMs(time) - (performance.now() - this.#begun);
    if (leftMs > 0) await delay(leftMs);
  }

  /** When it is so late by the clock of this machine, in milliseconds since the epoch. */
  instantOf(time: DayTime): number {
    return this.#begunAt + this.#dueMs(time);
  }

  /** What it is now. */
  now(): string {
    return this.timeAt(performance.now() - this.#begun);
  }

  /** What it is so many milliseconds after the beginning. */
  timeAt(replayMs: number): string {
    const minutes = this.#from + this.minutesIn(replayMs);
    const hours = Math.floor(minutes / MINUTES_PER_HOUR) % HOURS_PER_DAY;
    return [hours, Math.floor(minutes % MINUTES_PER_HOUR)].map((part) => String(part).padStart(2, '0')).join(':');
  }

  /** Minutes of the day in milliseconds of the replay. */
  minutesIn(replayMs: number): number {
    return (replayMs / this.hourMs) * MINUTES_PER_HOUR;
  }

  #dueMs(time: DayTime): number {
    return ((minutesOf(time) - this.#from) / MINUTES_PER_HOUR) * this.hourMs;
  }
}
