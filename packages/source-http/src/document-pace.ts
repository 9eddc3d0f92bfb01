/**
 * How fast the large documents of one source are read. What is far larger than any real document must not take a whole processor, and
 * a source whose last large document never came to its end is read slowly from early on, until one is whole again.
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { SourceLimits } from './limits.ts';

export interface DocumentPaceOptions {
  readonly limits: Pick<SourceLimits, 'pacedFromBytes' | 'pacedBytesPerSecond'>;
  readonly now: () => number;
  /** Ends a wait; `wait` rejects then. */
  readonly signal: AbortSignal;
}

/** How much sooner and slower a source is read that is suspected to be endless. */
const SUSPECT_SHARE = 1 / 4;

export class DocumentPace {
  #isSuspect = false;

  /** @returns what waits while more was read of a document than its pace allows. */
  start({ limits, now, signal }: DocumentPaceOptions): (bytes: number) => Promise<void> {
    const share = this.#isSuspect ? SUSPECT_SHARE : 1;
    const fromBytes = limits.pacedFromBytes * share;
    const bytesPerMs = (limits.pacedBytesPerSecond * share) / 1_000;
    let startedAtMs: number | undefined;
    return async (bytes) => {
      if (bytes <= fromBytes) return;
      startedAtMs ??= now();
      const aheadMs = (bytes - fromBytes) / bytesPerMs - (now() - startedAtMs);
      if (aheadMs >= 1) await delay(aheadMs, undefined, { signal });
    };
  }

  /** @param bytes - of the document that were read. */
  end({
    bytes,
    isWhole,
    limits,
  }: { readonly bytes: number; readonly isWhole: boolean } & Pick<DocumentPaceOptions, 'limits'>): void {
    if (isWhole) this.#isSuspect = false;
    else if (bytes > limits.pacedFromBytes) this.#isSuspect = true;
  }
}
