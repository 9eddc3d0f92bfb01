/** Feeds that keep a compartment's share and their line full for long: named once in a while, until they stop. Pure. */
import type { TrafficClass } from '../traffic.ts';
import type { SaturatingFeed } from './compartments-state.ts';

export interface Saturation {
  readonly feed: string;
  readonly family: string;
  readonly class: TrafficClass;
  /** For how long it has been refused for its own sake. */
  readonly forMs: number;
}

interface Named extends Saturation {
  readonly seenAt: number;
  readonly toldAt: number;
}

const SATURATES_AFTER_MS = 30_000;
/** One that was not refused for so long has stopped. */
const STOPPED_AFTER_MS = 10_000;
const TOLD_EVERY_MS = 60_000;
const MAX_NAMED = 64;

export class SaturatingFeeds {
  readonly #named = new Map<string, Named>();

  /** @returns whether it is time to tell of it. */
  refused(saturation: Saturation, now: number): boolean {
    if (saturation.forMs < SATURATES_AFTER_MS) return false;
    const key = `${saturation.family} ${saturation.class} ${saturation.feed}`;
    const known = this.#named.get(key);
    if (known === undefined && this.#named.size >= MAX_NAMED) return false;
    const isTold = known === undefined || now - known.toldAt >= TOLD_EVERY_MS;
    this.#named.set(key, { ...saturation, seenAt: now, toldAt: isTold ? now : known.toldAt });
    return isTold;
  }

  /** @returns those that have stopped. */
  sweep(now: number): readonly SaturatingFeed[] {
    const stopped = [...this.#named].filter(([, { seenAt }]) => now - seenAt >= STOPPED_AFTER_MS);
    for (const [key] of stopped) this.#named.delete(key);
    return stopped.map(([, named]) => shown(named));
  }

  list(): readonly SaturatingFeed[] {
    return [...this.#named.values()].map(shown);
  }
}

function shown({ feed, family, class: traffic, forMs }: Saturation): SaturatingFeed {
  return { feed, family, class: traffic, forMs };
}
