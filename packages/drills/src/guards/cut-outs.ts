/**
 * Guards that no setting turns off, and the lines of the product that are them. A drill without its guard has these lines replaced as a
 * process of its own fleet loads the module; no process of any other fleet does. A line that is not there any more is an error, so that a
 * guard that moved is not taken for one that does not matter.
 */

export interface CutOut {
  /** Below the root of the repository. */
  readonly file: string;
  readonly replaced: readonly { readonly line: string; readonly by: string }[];
}

/** Feeds that were found already are found again, one step further: each passes a query on to all its sources, whoever asked. */
export const NAIVE_FAN_OUT: CutOut = {
  file: 'shared/feedchain/src/explore-hierarchy.ts',
  replaced: [
    { line: 'else if (!explorer.has(source.target.feed)) {', by: 'else if (node.depth < 2) {' },
    {
      line: 'if (feed !== undefined && mayRead(source)) explorer.addFeed(',
      by: 'if (feed !== undefined && mayRead(source)) edge.target = explorer.nodes.length, explorer.addFeed(',
    },
  ],
};

/** A source that fails is asked as often as one that does not. */
export const BREAKER_NEVER_OPENS: CutOut = {
  file: 'shared/resilience/src/breaker.ts',
  replaced: [{ line: 'if (this.#isOver(nowMs, fault)) this.#turn(', by: 'if (nowMs < 0) this.#turn(' }],
};

/** One feed may have all of its family's places. */
export const NO_SHARE_OF_A_FEED: CutOut = {
  file: 'balancer/src/compartments/family-bounds.ts',
  replaced: [{ line: 'const FEED_SHARE = 0.5;', by: 'const FEED_SHARE = 1;' }],
};
