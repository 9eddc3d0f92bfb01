/**
 * Whether the balancer itself is short, and whom it turns away then: the least critical first, more of them the longer it lasts. Pure.
 *
 * What is short is either the number of requests that it may hold, of which each class may use a part, or the event loop.
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
/** Operators are never turned away for the loop's sake. */
const MAX_LEVEL = 4;

export class Pressure {
  readonly #limits: readonly number[];
  readonly #delays: number[] = [];
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

  /** Told about ten times a second by how much the loop was late. */
  turned(delayMs: number): void {
    this.#delays.push(delayMs);
    if (this.#delays.length > TURNS) this.#delays.shift();
    const delay = this.delayMs;
    if (delay > TARGET_DELAY_MS) {
      this.#level += Math.min(STEEPEST_RISE, (RISE * (delay - TARGET_DELAY_MS)) / TARGET_DELAY_MS);
    } else if (delay < TARGET_DELAY_MS / 2) this.#level -= FALL;
    this.#level = Math.min(MAX_LEVEL, Math.max(0, this.#level));
  }

  /** @param drawn - a random number from 0 to below 1. */
  takes(criticality: Criticality, held: number, drawn: () => number): boolean {
    if (held >= (this.#limits[criticality] ?? 0)) return false;
    return this.#level <= criticality || drawn() >= this.#level - criticality;
  }
}
