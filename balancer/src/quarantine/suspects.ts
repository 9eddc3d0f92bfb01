/**
 * Which feed makes the instances of a family die or hang: one that was there every time, and whose presence every time is no accident. Pure.
 *
 * A feed that always has requests under way is at every death as well, and proves nothing by it. So the presence counts by how often the
 * feed is there when all is well: what is there half of the time is convicted by three deaths, as three coins that fall alike; what is
 * always there, never. Nobody is convicted while more than a few are equally suspect.
 */
import { Presence } from './presence.ts';

export interface Suspicion {
  readonly feed: string;
  /** At how many deaths and hangs it was, which are all. */
  readonly incidents: number;
}

const WINDOW_MS = 600_000;
const MIN_INCIDENTS = 3;
const ACCIDENT = 1 / 8;
const MAX_CONVICTED = 3;
/** More than are needed to tell anything. */
const MAX_INCIDENTS = 64;

export class Suspects {
  readonly presence = new Presence();
  #incidents: { readonly at: number; readonly feeds: ReadonlySet<string> }[] = [];

  /** @returns those whom this incident convicts. The evidence is used up then. */
  incident(feeds: readonly string[], now: number): readonly Suspicion[] {
    this.#incidents = this.#incidents.filter(({ at }) => now - at < WINDOW_MS).slice(1 - MAX_INCIDENTS);
    this.#incidents.push({ at: now, feeds: new Set(feeds) });
    const incidents = this.#incidents.length;
    if (incidents < MIN_INCIDENTS) return [];
    const always = feeds.filter((feed) => this.#incidents.every((each) => each.feeds.has(feed)));
    const convicted = always.filter((feed) => this.presence.of(feed) ** incidents <= ACCIDENT);
    if (convicted.length === 0 || convicted.length > MAX_CONVICTED) return [];
    this.#incidents = [];
    return convicted.map((feed) => ({ feed, incidents }));
  }
}
