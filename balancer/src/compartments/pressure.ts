/**
 * Whether the balancer itself is short, and whom it turns away then: the least critical first, more of them the longer it lasts. Pure.
 *
 * What is short is either the number of requests that it may hold, of which each class may use a part, or the event loop. The loop is short
 * where it is late because of what it does itself: it never rests, and its thread runs for most of the time. A loop that is late because
 * others have the processors is not helped by turning somebody away. Some of the people always get through, pushes and operators all.
 */
import type { Criticality } from './criticality.ts';

/** The part of all that may be held up to which a request of each criticality is taken. */
const PARTS: readonly number[] = [0.6, 0.75, 0.85, 0.95, 1];
/** A loop that turns so slowly is short, in milliseconds. */
const TARGET_DELAY_MS = 100;
/** One late turn is a pause of the machine; so many in a row are load. */
const TURNS = 3;
const RISE = 0.25;
const STEEPEST_RISE = 0.5;
const FALL = 0.2;
/** Nine of ten people are turned away for the loop's sake at most, and nobody who is more critical. */
const MAX_LEVEL = 2.9;
/** The loop is busy with its own work from here on: least part of the time that it ran, largest that it rested. */
const LEAST_RAN = 0.5;
const MOST_RESTED = 0.1;

/** How the event loop fared between two looks. */
export interface LoopTurn {
  /** By how much it was late, in milliseconds. */
  readonly lateMs: number;
  /** The part of the time in which it waited for something to do, 0 to 1. */
  readonly rested: number;
  /** The part of the time in which its thread had a processor, 0 to 1. */
  readonly ran: number;
}

export class Pressure {
  readonly #limits: readonly number[];
  readonly #delays: number[] = [];
  /** Turns in a row in which the loop was busy with its own work. */
  #busyTurns = 0;
  #level = 0;

  /** @param maxHeld - most requests under way and waiting. */
  constructor(maxHeld: number) {
    this.#limits = PARTS.map((part) => Math.ceil(maxHeld * part));
  }

  /** 0 for none; a request of criticality `c` is turned away for certain from `c + 1` on, and with a rising chance from `c` on. */
  get level(): number {
    return this.#level;
  }

  /** The shortest of the last delays, in milliseconds. */
  get delayMs(): number {
    return this.#delays.length < TURNS ? 0 : Math.min(...this.#delays);
  }

  /** Told about ten times a second. */
  turned({ lateMs, rested, ran }: LoopTurn): void {
    this.#delays.push(lateMs);
    if (this.#delays.length > TURNS) this.#delays.shift();
    this.#busyTurns = rested <= MOST_RESTED && ran >= LEAST_RAN ? this.#busyTurns + 1 : 0;
    const delay = this.delayMs;
    if (delay < TARGET_DELAY_MS / 2 || this.#busyTurns === 0) this.#level -= FALL;
    else if (delay > TARGET_DELAY_MS && this.#busyTurns >= TURNS) {
      this.#level += Math.min(STEEPEST_RISE, (RISE * (delay - TARGET_DELAY_MS)) / TARGET_DELAY_MS);
    }
    this.#level = Math.min(MAX_LEVEL, Math.max(0, this.#level));
  }

  /** @param drawn - a random number from 0 to below 1. */
  takes(criticality: Criticality, held: number, drawn: () => number): boolean {
    if (held >= (this.#limits[criticality] ?? 0)) return false;
    return this.#level <= criticality || drawn() >= this.#level - criticality;
  }
}
