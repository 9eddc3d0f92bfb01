/**
 * How fast the large documents of one source are read. Nobody can tell a document without end from one that is large, so trust is
 * earned: a source is read freely up to twice its largest document that came whole. Beyond, it is read slowly at first and faster with
 * time; and a source whose last large document never came to its end is read slowly from early on, until one is whole again.
 *
 *     bytes after t seconds:  free + start / ln 2 * (2^t - 1), and once that is as fast as `fullBytesPerSecond`, no faster
 */
import { setTimeout as delay } from 'node:timers/promises';

import type { PacePolicy } from './limits.ts';

export interface DocumentPaceOptions {
  readonly limits: { readonly pace: PacePolicy };
  readonly now: () => number;
  /** Ends a wait; `wait` rejects then. */
  readonly signal: AbortSignal;
}

/** How much sooner and slower a source is read that is suspected to be endless. */
const SUSPECT_SHARE = 1 / 4;
const TRUSTED_TIMES = 2;

export class DocumentPace {
  #isSuspect = false;
  #largestWholeBytes = 0;

  /** @returns what waits while more was read of a document than its pace allows. */
  start({ limits: { pace }, now, signal }: DocumentPaceOptions): (bytes: number) => Promise<void> {
    const freeBytes = this.#freeBytes(pace);
    const share = this.#isSuspect ? SUSPECT_SHARE : 1;
    let startedAtMs: number | undefined;
    return async (bytes) => {
      if (bytes <= freeBytes) return;
      startedAtMs ??= now();
      const aheadMs = pacedMs(bytes - freeBytes, share, pace) - (now() - startedAtMs);
      if (aheadMs >= 1) await delay(aheadMs, undefined, { signal });
    };
  }

  /** @param bytes - of the document that were read. */
  end({
    bytes,
    isWhole,
    limits: { pace },
  }: { readonly bytes: number; readonly isWhole: boolean } & Pick<DocumentPaceOptions, 'limits'>): void {
    if (isWhole) {
      this.#isSuspect = false;
      this.#largestWholeBytes = Math.max(this.#largestWholeBytes, bytes);
    } else if (bytes > this.#freeBytes(pace)) {
      this.#isSuspect = true;
      this.#largestWholeBytes = 0;
    }
  }

  #freeBytes({ freeBytes, maxFreeBytes }: PacePolicy): number {
    if (this.#isSuspect) return freeBytes * SUSPECT_SHARE;
    return Math.min(Math.max(freeBytes, TRUSTED_TIMES * this.#largestWholeBytes), maxFreeBytes);
  }
}

/** How long reading so many bytes takes at least, in milliseconds. */
function pacedMs(bytes: number, share: number, { startBytesPerSecond, fullBytesPerSecond }: PacePolicy): number {
  const scale = (startBytesPerSecond * share) / Math.LN2;
  const rampSeconds = Math.log2(fullBytesPerSecond / startBytesPerSecond);
  const rampBytes = scale * (2 ** rampSeconds - 1);
  if (bytes <= rampBytes) return Math.log2(1 + bytes / scale) * 1_000;
  return (rampSeconds + (bytes - rampBytes) / (fullBytesPerSecond * share)) * 1_000;
}
