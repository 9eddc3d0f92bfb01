/**
 * Requests that wait, in a line for each feed, and whose turn it is: round by round, one of each feed; a feed that has its even part under
 * way already is passed over while another has not. So what counts is what a feed keeps busy, and not how often it asks.
 *
 * Source: Shreedhar and Varghese, "Efficient Fair Queueing Using Deficit Round Robin" (1995): turns by flow in a ring of those that wait.
 * Instead of a deficit, which has to be known before a request runs, what runs is looked at.
 */

/** Something that waits in a feed's line. */
export interface Waiting {
  next: this | undefined;
  previous: this | undefined;
}

/** What a compartment knows of one feed; kept while it has requests under way or waiting. */
export class FeedLine<W extends Waiting> {
  readonly feed: string;
  underWay = 0;
  waiting = 0;
  /** Since when the feed has been refused for its own sake, without a pause. */
  refusedSince: number | undefined;
  first: W | undefined;
  last: W | undefined;
  /** In the ring; `undefined` while nothing waits. */
  after: FeedLine<W> | undefined;
  before: FeedLine<W> | undefined;

  constructor(feed: string) {
    this.feed = feed;
  }
}

/** Lines that are looked at for one turn; beyond, the first that may go goes. */
const MAX_LOOKED_AT = 64;

export class FeedTurns<W extends Waiting> {
  #head: FeedLine<W> | undefined;
  #lines = 0;
  #waiting = 0;

  /** Feeds of which something waits. */
  get lines(): number {
    return this.#lines;
  }

  get waiting(): number {
    return this.#waiting;
  }

  add(line: FeedLine<W>, waiter: W): void {
    waiter.previous = line.last;
    if (line.last === undefined) line.first = waiter;
    else line.last.next = waiter;
    line.last = waiter;
    line.waiting += 1;
    this.#waiting += 1;
    if (line.waiting === 1) this.#join(line);
  }

  remove(line: FeedLine<W>, waiter: W): void {
    if (waiter.previous === undefined) line.first = waiter.next;
    else waiter.previous.next = waiter.next;
    if (waiter.next === undefined) line.last = waiter.previous;
    else waiter.next.previous = waiter.previous;
    waiter.next = undefined;
    waiter.previous = undefined;
    line.waiting -= 1;
    this.#waiting -= 1;
    if (line.waiting === 0) this.#quit(line);
  }

  /**
   * The line whose first request goes next; it goes to the end of the round.
   *
   * @param share - most requests that one feed may have under way.
   * @param even - how many each would have if all had the same.
   */
  next({ share, even }: { readonly share: number; readonly even: number }): FeedLine<W> | undefined {
    let line = this.#head;
    let chosen: FeedLine<W> | undefined;
    const looks = Math.min(this.#lines, MAX_LOOKED_AT);
    for (let look = 0; look < looks && line !== undefined; look++, line = line.after) {
      if (line.underWay < even) {
        chosen = line;
        break;
      }
      if (line.underWay < share) chosen ??= line;
    }
    if (chosen !== undefined) this.#toTheEnd(chosen);
    return chosen;
  }

  /** The longest of the lines that are looked at. */
  longest(): FeedLine<W> | undefined {
    let longest = this.#head;
    let line = this.#head;
    for (let look = 0; look < this.#lines && look < MAX_LOOKED_AT && line !== undefined; look++, line = line.after) {
      if (line.waiting > (longest?.waiting ?? 0)) longest = line;
    }
    return longest;
  }

  #join(line: FeedLine<W>): void {
    const head = this.#head;
    if (head?.before === undefined) {
      line.after = line;
      line.before = line;
      this.#head = line;
    } else {
      line.after = head;
      line.before = head.before;
      head.before.after = line;
      head.before = line;
    }
    this.#lines += 1;
  }

  #quit(line: FeedLine<W>): void {
    if (this.#head === line) this.#head = line.after === line ? undefined : line.after;
    if (line.before !== undefined) line.before.after = line.after;
    if (line.after !== undefined) line.after.before = line.before;
    line.after = undefined;
    line.before = undefined;
    this.#lines -= 1;
  }

  #toTheEnd(line: FeedLine<W>): void {
    if (this.#head === line) {
      this.#head = line.after;
      return;
    }
    this.#quit(line);
    this.#join(line);
  }
}
