/**
 * How many requests may be under way in one compartment, by how long answers take to begin: lowered while they wait in line at the
 * endpoints, raised again while they do not. Pure.
 *
 *     lowered:  limit * clamp(target / latency, 1/2, 19/20)   target = 2 * baseline + 5 ms
 *     raised:   limit * 1.15 + sqrt(limit)
 *
 * It is lowered only where requests wait for it: a limit that nobody meets limits nothing. And only as long as that helps: where half as
 * many requests take as long as before, they do not wait for each other but for something else, such as a package source, and what they
 * take counts as the baseline from then on. While requests keep meeting the limit, halving it is tried now and then, since a baseline that
 * was measured under load is none.
 *
 * Where endpoints say that their threads have no rest, the limit is halved every 100 ms without such a trial: whom latencies would tell of
 * is still waiting. A thread that rests with more requests than the limit lets in disproves it.
 *
 * Source: Netflix, concurrency-limits, `Gradient2Limit` (gradient, square root of the limit as head room); BBR (Cardwell et al., 2016),
 * section "ProbeRTT" (less load now and then, to see the path without a queue). Differs from both: see ADR 0025.
 */
import { LatencyWindow } from './latency-window.ts';
import type { TimedAnswer } from './latency-window.ts';

export interface LimitBounds {
  /** Never lower: 1 at least. */
  readonly floor: number;
  /** Never higher, and where it starts. */
  readonly ceiling: number;
}

const TOLERANCE = 2;
/** Differences below are those of schedulers and collectors. */
const SLACK_MS = 5;
const STEEPEST_CUT = 0.5;
const FLATTEST_CUT = 0.95;
const GROWTH = 1.15;
const PROBE_INTERVAL_MS = 30_000;
/** How much of what a lower limit takes off has to come off the latency, to take the load for its reason. */
const HELPED = 0.5;
/** So near to the floor nothing can be learnt from lowering. */
const NEAR_FLOOR = 1.25;
/** The shortest time between two changes by what threads say, which is about the last 100 ms. */
const STEP_MS = 100;
/** For how long that counts more than latencies. */
const HINDERED_MS = 250;

interface Trial {
  /** The limit and the latency from which on it was lowered. */
  readonly limit: number;
  readonly latencyMs: number;
  /** The limit before a trial that was of no use; the next one decides, since latency may have been rising during the first. */
  readonly before: number | undefined;
}

export class AdaptiveLimit {
  readonly #window: LatencyWindow;
  #bounds: LimitBounds;
  #limit: number;
  /** In the window that is open, and in the one before. */
  #wasMet = false;
  #wasMetBefore = false;
  #trial: Trial | undefined;
  #probedAt = -Infinity;
  #latencyMs: number | undefined;
  #baselineMs: number | undefined;
  /** The limit from which on it was halved because threads had no rest, until it is there again. */
  #halvedFrom: number | undefined;
  #steppedAt = -Infinity;
  #hinderedAt = -Infinity;
  #disprovedAt = -Infinity;

  constructor(bounds: LimitBounds, now: number) {
    this.#bounds = bounds;
    this.#limit = bounds.ceiling;
    this.#window = new LatencyWindow(now);
  }

  /** An integer. */
  get limit(): number {
    return Math.floor(this.#limit);
  }

  get ceiling(): number {
    return this.#bounds.ceiling;
  }

  /** Of the last window and of the last minutes, in milliseconds; `undefined` before there were enough answers. */
  get latency(): { readonly recentMs: number | undefined; readonly baselineMs: number | undefined } {
    return { recentMs: this.#latencyMs, baselineMs: this.#baselineMs };
  }

  /** Keeps the share of the ceiling. */
  resize(bounds: LimitBounds): void {
    if (bounds.ceiling === this.#bounds.ceiling && bounds.floor === this.#bounds.floor) return;
    const share = this.#limit / this.#bounds.ceiling;
    this.#bounds = bounds;
    this.#set(share * bounds.ceiling);
    this.#trial = undefined;
    this.#halvedFrom = undefined;
  }

  /** Somebody wanted in and had to wait because of the limit. */
  met(): void {
    this.#wasMet = true;
  }

  answered(answer: TimedAnswer): void {
    const closed = this.#window.add(answer);
    if (closed === undefined) return;
    this.#latencyMs = closed.latencyMs;
    this.#baselineMs = closed.baselineMs;
    this.#adapt(closed.latencyMs, closed.baselineMs, answer.now);
    this.#wasMetBefore = this.#wasMet;
    this.#wasMet = false;
  }

  /**
   * The threads have no rest, and those under way hinder each other: fewer at a time are served as fast in sum, and sooner each.
   *
   * @returns whether that counts: not where few of the places are taken, nor where it was disproved.
   */
  hindered(underWay: number, now: number): boolean {
    if (2 * underWay < this.limit || now - this.#disprovedAt < PROBE_INTERVAL_MS) return false;
    this.#hinderedAt = now;
    this.#trial = undefined;
    if (now - this.#steppedAt < STEP_MS || this.#limit === this.#bounds.floor) return true;
    this.#steppedAt = now;
    this.#halvedFrom ??= this.#limit;
    this.#set(this.#limit / 2);
    return true;
  }

  /** A thread rests, with so many under way. */
  rested(underWay: number, now: number): void {
    if (this.#halvedFrom === undefined || now - this.#steppedAt < STEP_MS) return;
    if (underWay > this.limit) {
      // Nobody was let in beside them, and it has nothing to do: they wait for something else.
      this.#disprovedAt = now;
      this.#set(this.#halvedFrom);
    } else if (underWay === this.limit) {
      this.#steppedAt = now;
      this.#set(this.#limit * GROWTH + Math.sqrt(this.#limit));
    }
    if (this.#limit >= this.#halvedFrom) this.#halvedFrom = undefined;
  }

  #adapt(latencyMs: number, baselineMs: number, now: number): void {
    if (now - this.#hinderedAt < HINDERED_MS) return;
    const target = TOLERANCE * baselineMs + SLACK_MS;
    const isSlow = latencyMs > target;
    // Answers of a window in which the limit was met for the first time are those of fewer requests.
    const isMet = this.#wasMet && this.#wasMetBefore;
    const verdict = this.#verdict(latencyMs);
    if (verdict === 'useless') this.#useless(latencyMs);
    else if (verdict === 'helps' && !isSlow && isMet) this.#probe(latencyMs, now);
    else if (isSlow) {
      if (isMet) this.#lower(Math.min(FLATTEST_CUT, Math.max(STEEPEST_CUT, target / latencyMs)), latencyMs);
    } else if (isMet && this.#trial === undefined && now - this.#probedAt >= PROBE_INTERVAL_MS) {
      this.#probe(latencyMs, now);
    } else {
      this.#trial = undefined;
      this.#set(this.#limit * GROWTH + Math.sqrt(this.#limit));
    }
  }

  /** Whether lowering the limit was of any use, once it was lowered by enough. */
  #verdict(latencyMs: number): 'open' | 'helps' | 'useless' {
    const trial = this.#trial;
    if (trial === undefined || this.#limit > Math.max(trial.limit / 2, this.#bounds.floor)) return 'open';
    const off = 1 - this.#limit / trial.limit;
    if (latencyMs > trial.latencyMs * (1 - HELPED * off)) return 'useless';
    this.#trial = undefined;
    return 'helps';
  }

  /** Answers come as fast as usual, so one useless trial is enough to tell. */
  #probe(latencyMs: number, now: number): void {
    this.#probedAt = now;
    this.#lower(STEEPEST_CUT, latencyMs, this.#limit);
  }

  #lower(by: number, latencyMs: number, before?: number): void {
    const isWorthIt = this.#limit > this.#bounds.floor * NEAR_FLOOR;
    if (isWorthIt) this.#trial ??= { limit: this.#limit, latencyMs, before };
    this.#set(this.#limit * by);
  }

  #useless(latencyMs: number): void {
    const { limit = this.#limit, before } = this.#trial ?? {};
    this.#trial = undefined;
    if (before === undefined && this.#limit > this.#bounds.floor * NEAR_FLOOR) {
      this.#lower(STEEPEST_CUT, latencyMs, limit);
      return;
    }
    this.#set(before ?? limit);
    this.#window.rebase(latencyMs);
    this.#baselineMs = latencyMs;
  }

  #set(limit: number): void {
    this.#limit = Math.min(this.#bounds.ceiling, Math.max(this.#bounds.floor, limit));
  }
}
