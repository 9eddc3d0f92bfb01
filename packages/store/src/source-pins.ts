/**
 * The port of source pins: from which foreign source a feed takes an id. The source that served an id first keeps it, so that nobody gets
 * another package by putting one of the same id elsewhere, until somebody who manages the feed says otherwise.
 *
 * A pin is no change of the feed's packages and does not raise its revision: who merges sources asks for pins with each query.
 *
 * Every implementation passes the suite in `source-pin-conformance.ts`. Ids are compared without case.
 */
import type { Chunk } from './retention-store.ts';

export interface SourcePin {
  /** In lower case. */
  readonly id: string;
  /** Of the source, which may be gone. */
  readonly sourceId: string;
  /** ISO instant. */
  readonly at: string;
}

/** Most pins of a feed: more ids than any registry has. */
export const MAX_SOURCE_PINS = 1_000_000;

export interface SourcePins {
  /** @returns ids of sources by id in lower case; ids without a pin are left out. */
  pinsOf(feedId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;

  /**
   * Pins an id, unless it is pinned elsewhere: then that stays. Nothing is written where the pin is there already.
   *
   * @throws ProblemError `FF_CONFLICT` when the feed has its most pins.
   */
  pin(feedId: string, id: string, sourceId: string): Promise<'pinned' | { readonly conflict: string }>;

  /** In order of id. @param page - `after` is '' at the start; `limit` from 1 to 1000. */
  list(feedId: string, page: { readonly after: string; readonly limit: number }): Promise<Chunk<SourcePin, string>>;

  /** Takes away the pin of an id, or all pins to a source. @returns how many there were. */
  unpin(feedId: string, what: { readonly id: string } | { readonly sourceId: string }): Promise<number>;
}
