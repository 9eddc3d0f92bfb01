/** How often each feed has requests under way at an instance of a family while all is well: what its presence at a death is worth. Pure. */

const KEPT_SAMPLES = 1_000;
const MAX_FEEDS = 512;
const SAMPLE_EVERY_MS = 100;

export class Presence {
  readonly #counts = new Map<string, number>();
  #samples = 0;
  #sampledAt = -Infinity;

  /** An instance has just answered. */
  seen(feeds: Iterable<string>, now: number): void {
    if (now - this.#sampledAt < SAMPLE_EVERY_MS) return;
    this.#sampledAt = now;
    this.#samples += 1;
    for (const feed of feeds) {
      const count = this.#counts.get(feed);
      if (count === undefined && this.#counts.size >= MAX_FEEDS) continue;
      this.#counts.set(feed, (count ?? 0) + 1);
    }
    if (this.#samples >= KEPT_SAMPLES) this.#halve();
  }

  /** The chance to find the feed there, 0 to 1; a half where nothing is known (Laplace's rule of succession). */
  of(feed: string): number {
    return ((this.#counts.get(feed) ?? 0) + 1) / (this.#samples + 2);
  }

  /** Older ones count for less. */
  #halve(): void {
    this.#samples = Math.floor(this.#samples / 2);
    for (const [feed, count] of this.#counts) {
      if (count < 2) this.#counts.delete(feed);
      else this.#counts.set(feed, Math.floor(count / 2));
    }
  }
}
