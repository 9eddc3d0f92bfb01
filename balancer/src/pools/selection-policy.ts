/** The selection policy port: which of the instances that can take a request gets it. Pure: clock and random are passed in. */

/** An instance that can be chosen. */
export interface Candidate {
  readonly id: string;
  /** Its share beside the others, 100 being the usual one; above 0. */
  readonly weight: number;
  /** Requests under way. */
  readonly inFlight: number;
  /** Milliseconds to the head of an answer; `undefined` where nothing recent is known. */
  latencyAt(now: number): number | undefined;
  /** What it has of its weight while it starts slowly: above 0, up to 1. */
  rampAt(now: number): number;
}

export interface Asking {
  /** Id of the feed; `undefined` where the request is for none. */
  readonly feed: string | undefined;
  /** Milliseconds from any fixed point. */
  readonly now: number;
}

export interface SelectionPolicy {
  /**
   * @param candidates - in order of id.
   * @returns one of them; `undefined` when there are none.
   */
  select<C extends Candidate>(candidates: readonly C[], asking: Asking): C | undefined;
}
