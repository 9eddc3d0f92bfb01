/** Compartments without a limit. */
import type { Compartments, Permit } from './compartments.ts';

const PERMIT: Permit = { outcome: 'admitted', leave: () => undefined };

export class OpenCompartments implements Compartments {
  enter(): Permit {
    return PERMIT;
  }

  /** Nothing is counted. */
  state(): { readonly topFeeds: readonly never[]; readonly topFeedsForMs: number } {
    return { topFeeds: [], topFeedsForMs: 0 };
  }
}
