/** What became of each context of a query, for markers, timings and explanations. */

/**
 * `answered`: fresh; `stale`: a complete copy stands in; `unsupported`: cannot be asked this; `denied`: it does not let this feed read
 * (any more), so that it is invisible; `unavailable`: nobody knows what it has.
 */
export type ContextOutcome = 'answered' | 'stale' | 'unsupported' | 'denied' | 'unavailable';

export interface ContextReport {
  /** Index of the context in the plan. */
  readonly context: number;
  readonly kind: 'local' | 'feed' | 'foreign';
  /** Name of the source of the entry feed that leads there, all that a reader may know; '' for the feed itself. */
  readonly source: string;
  readonly outcome: ContextOutcome;
  /** Code of a problem; '' for none. */
  readonly code: string;
  /** No secrets, no inner addresses; of an inner source it may hold what only managers may see. */
  readonly detail: string;
  readonly isRequired: boolean;
  /** Whether it answered, and said that something may be missing. */
  readonly isPartial: boolean;
  readonly retryAfterMs: number;
  /** Of the oldest answer that was used, in milliseconds. */
  readonly ageMs: number;
  /** That were really sent. */
  readonly requests: number;
  /** Longest of its answers, in milliseconds. */
  readonly tookMs: number;
}

/** An id that a foreign source has and that is not taken from it. */
export interface WithheldId {
  readonly id: string;
  readonly context: number;
  /** `reserved` by the feed; `held` by a feed of this fleet; `pinned` to another source. */
  readonly reason: 'reserved' | 'held' | 'pinned';
}

/** Whether a context did not tell all that it has. A denied one has nothing. */
export function isLacking({ outcome, isPartial }: Pick<ContextReport, 'outcome' | 'isPartial'>): boolean {
  return outcome === 'unavailable' || outcome === 'unsupported' || isPartial;
}

export interface HierarchyReport {
  /** In the order of the plan; without those that were not asked. */
  readonly contexts: readonly ContextReport[];
  /** False when the answer may lack something that it would have if every source told all. */
  readonly isComplete: boolean;
  /** False when a total that was given is an estimate. */
  readonly isCountExact: boolean;
  readonly withheld: readonly WithheldId[];
  /** Names all answers together: the same tag, the same answer. Empty when nobody was asked. Printable, no quotes. */
  readonly tag: string;
}
