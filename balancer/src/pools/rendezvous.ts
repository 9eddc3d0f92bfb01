/**
 * The same few instances for each feed, so that what they keep in memory is of use, and so that a feed that harms its instances harms
 * few of them: with shards of 2 out of 8 there are 28, and one feed in 28 shares both. The least loaded of the shard takes the
 * request; the first of it where none clearly is. An instance that comes or goes moves only the feeds that have it in their shard.
 *
 * Source: D. Thaler and C. Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998; J. Resch, "New Hashing Algorithms
 * for Data Storage", 2015, for the weights; AWS, "Workload isolation using shuffle sharding".
 */
import { LeastLoaded } from './least-loaded.ts';
import { isClearlyLighter } from './load.ts';
import type { Asking, Candidate, SelectionPolicy } from './selection-policy.ts';

export interface RendezvousOptions {
  /** Instances for each feed. An integer, at least 1. */
  readonly shardSize: number;
  /** Evenly from 0 up to but not 1. */
  readonly random: () => number;
}

const RANGE = 2 ** 32;

export class Rendezvous implements SelectionPolicy {
  readonly #options: RendezvousOptions;
  readonly #withoutFeed: LeastLoaded;

  constructor(options: RendezvousOptions) {
    this.#options = options;
    this.#withoutFeed = new LeastLoaded(options.random);
  }

  select<C extends Candidate>(candidates: readonly C[], asking: Asking): C | undefined {
    const { feed, now } = asking;
    if (candidates.length < 2) return candidates[0];
    if (feed === undefined) return this.#withoutFeed.select(candidates, asking);
    const { shardSize } = this.#options;
    const ranked = rankedFor(feed, candidates, shardSize + 1);
    let [chosen] = ranked;
    for (let index = 1; index < ranked.length && index < shardSize; index++) {
      const candidate = ranked[index];
      if (candidate !== undefined && chosen !== undefined && isClearlyLighter(candidate, chosen, now))
        chosen = candidate;
    }
    return chosen === undefined ? undefined : this.#rampedUp(chosen, ranked, now);
  }

  /** One that starts slowly takes its share of what would be its own; another of the shard, or the next one after it, takes the rest. */
  #rampedUp<C extends Candidate>(chosen: C, ranked: readonly C[], now: number): C {
    const ramp = chosen.rampAt(now);
    if (ramp >= 1 || this.#options.random() < ramp) return chosen;
    return ranked.find((candidate) => candidate !== chosen && candidate.rampAt(now) > ramp) ?? chosen;
  }
}

/** The first instances of a feed, in order. */
function rankedFor<C extends Candidate>(feed: string, candidates: readonly C[], count: number): readonly C[] {
  const ranked: C[] = [];
  const scores: number[] = [];
  const feedHash = hashOf(feed);
  for (const candidate of candidates) {
    const drawn = (mixed(feedHash ^ hashOf(candidate.id)) + 1) / (RANGE + 1);
    const score = candidate.weight / -Math.log(drawn);
    let at = scores.length;
    while (at > 0 && (scores[at - 1] ?? 0) < score) at--;
    if (at >= count) continue;
    ranked.splice(at, 0, candidate);
    scores.splice(at, 0, score);
    if (ranked.length > count) {
      ranked.pop();
      scores.pop();
    }
  }
  return ranked;
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return mixed(hash);
}

/** MurmurHash3's finalizer: each bit of the result depends on each bit of the hash. */
function mixed(hash: number): number {
  let value = hash ^ (hash >>> 16);
  value = Math.imul(value, 0x85ebca6b);
  value ^= value >>> 13;
  value = Math.imul(value, 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
