/** What the compartments look like at one moment, for those who operate the fleet. All of it can be sent as JSON. */
import type { TrafficClass } from '../traffic.ts';
import type { CompartmentKind } from './family-bounds.ts';
import type { FeedLoad } from './feed-load.ts';

export interface CompartmentState {
  /** Whose instances serve it. */
  readonly family: string;
  readonly class: TrafficClass;
  readonly kind: CompartmentKind;
  /** Id of the feed that is kept apart; `null` where feeds share the compartment. */
  readonly feed: string | null;
  /** Requests that may be under way now, and at most. */
  readonly limit: number;
  readonly ceiling: number;
  readonly underWay: number;
  readonly waiting: number;
  /** Feeds with requests under way or waiting. */
  readonly feeds: number;
  /** Time to the head of an answer that a quarter stays below: of late, and the least of the last minutes, in milliseconds. */
  readonly latencyMs: number | null;
  readonly baselineMs: number | null;
  /** Since the compartment came about. */
  readonly admitted: number;
  readonly shed: ShedCounts;
}

export interface ShedCounts {
  /** Too many of all feeds. */
  readonly family: number;
  /** Too many of one feed. */
  readonly feed: number;
  /** Waited in vain. */
  readonly timedOut: number;
  /** The balancer itself was short. */
  readonly balancer: number;
}

/** A feed that has held its whole share of a compartment with its line full, for long. */
export interface SaturatingFeed {
  /** Id of the feed. */
  readonly feed: string;
  readonly family: string;
  readonly class: TrafficClass;
  readonly forMs: number;
}

export interface CompartmentsState {
  readonly underWay: number;
  readonly waiting: number;
  /** How short its event loop is: 0 for not at all, 2.9 for all turned away but pushes, operators and a tenth of the people. */
  readonly pressure: number;
  /** By how much its event loop is late, in milliseconds. */
  readonly loopDelayMs: number;
  readonly compartments: readonly CompartmentState[];
  readonly saturating: readonly SaturatingFeed[];
  /** The busiest first, with what was counted in the last `topFeedsForMs`. */
  readonly topFeeds: readonly FeedLoad[];
  readonly topFeedsForMs: number;
}
