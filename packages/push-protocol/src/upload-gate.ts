/**
 * How many uploads are under way at a time, before any of them is judged: places for all, and a share of them for each feed.
 *
 * An upload lasts as long as its client likes, so it holds none of the places in which packages are inspected and published,
 * and clients of one feed cannot take the places of all others.
 */
import { ProblemError } from '@feedfleet/problems';

const RETRY_AFTER_SECONDS = 5;
/** A feed gets one of so many parts of all places. */
const SHARES = 4;

export class UploadGate {
  readonly #maxUploads: number;
  readonly #maxOfFeed: number;
  readonly #byFeed = new Map<string, number>();
  #running = 0;

  /** @param maxUploads - uploads at a time. At least 1. */
  constructor(maxUploads: number) {
    this.#maxUploads = maxUploads;
    this.#maxOfFeed = Math.max(1, Math.floor(maxUploads / SHARES));
  }

  get running(): number {
    return this.#running;
  }

  /**
   * Takes a place; nobody waits for one.
   *
   * @returns gives the place back; idempotent.
   * @throws ProblemError `FF_OVERLOADED` when there is none, or none for this feed.
   */
  enter(feedId: string): () => void {
    const ofFeed = this.#byFeed.get(feedId) ?? 0;
    if (this.#running >= this.#maxUploads) throw refusal('too many packages are being uploaded');
    if (ofFeed >= this.#maxOfFeed) throw refusal('too many packages are being uploaded to this feed');
    this.#running += 1;
    this.#byFeed.set(feedId, ofFeed + 1);
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#leave(feedId);
    };
  }

  #leave(feedId: string): void {
    this.#running -= 1;
    const left = (this.#byFeed.get(feedId) ?? 0) - 1;
    if (left > 0) this.#byFeed.set(feedId, left);
    else this.#byFeed.delete(feedId);
  }
}

function refusal(detail: string): ProblemError {
  return new ProblemError('overloaded', { detail, retryAfterSeconds: RETRY_AFTER_SECONDS });
}
