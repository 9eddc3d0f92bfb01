/** What the kept sources of a process have in common: one memory, and one request for all who ask a source the same at the same time. */
import { ByteBoundedCache } from '@feedfleet/byte-bounded-cache';
import { Flights } from '@feedfleet/flights';

import type { SourceAnswer } from './package-source.ts';

/** What came of a request, and which way it was put: `chainVariant` of its feed chain. */
export interface Flown {
  readonly answer: SourceAnswer<object>;
  readonly variant: string;
}

export interface KeptAnswersOptions {
  /** Bound of everything that is remembered of all sources: answers, and the documents that they were made from. */
  readonly maxBytes: number;
  /** Milliseconds, of any clock that never goes back. */
  readonly now: () => number;
  /** From 0 to 1: spreads what would otherwise be asked for again all at once. */
  readonly random: () => number;
  /** Told of what failed while nobody waited for it, and is no failure of a source. */
  readonly onFault: (error: unknown) => void;
}

export class KeptAnswers {
  readonly memory: ByteBoundedCache<object>;
  readonly flights = new Flights<Flown>();
  readonly now: () => number;
  readonly random: () => number;
  readonly onFault: (error: unknown) => void;

  constructor({ maxBytes, now, random, onFault }: KeptAnswersOptions) {
    this.memory = new ByteBoundedCache(maxBytes);
    this.now = now;
    this.random = random;
    this.onFault = onFault;
  }
}
