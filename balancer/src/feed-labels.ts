/** Ids of feeds as labels of metrics: a series stays for good, so only so many get one of their own. */
const MAX_FEEDS = 64;

export class FeedLabels {
  readonly #feeds = new Set<string>();

  of(feed: string): string {
    if (this.#feeds.size < MAX_FEEDS) this.#feeds.add(feed);
    return this.#feeds.has(feed) ? feed : 'other';
  }
}
