/** Pools whose attempts are watched: counted before they run. */
import type { FleetView } from '../fleet-view.ts';
import type { Attempt, Choice, Occupied, Pools, PoolState } from '../pools/pools.ts';
import type { FeedWatch, Watched } from './feed-watch.ts';
import type { AttemptEnd } from './instance-watch.ts';

export class WatchedPools implements Pools {
  readonly #pools: Pools;
  readonly #watch: FeedWatch;
  readonly #wallClock: () => number;

  /** @param wallClock - the one of the watch. */
  constructor(pools: Pools, watch: FeedWatch, wallClock: () => number) {
    this.#pools = pools;
    this.#watch = watch;
    this.#wallClock = wallClock;
  }

  take(choice: Choice): Occupied | undefined {
    const occupied = this.#pools.take(choice);
    const { feed } = choice.traffic;
    if (occupied === undefined || feed === undefined) return occupied;
    const watched = { family: choice.family, instance: occupied.instance.id, feed };
    this.#watch.began(watched);
    return new WatchedSeat(occupied, watched, { watch: this.#watch, startedAt: this.#wallClock() });
  }

  state(fleet: FleetView): readonly PoolState[] {
    return this.#pools.state(fleet);
  }
}

class WatchedSeat implements Occupied {
  readonly #occupied: Occupied;
  readonly #watched: Watched;
  readonly #told: { readonly watch: FeedWatch; readonly startedAt: number };
  #isLeft = false;

  constructor(occupied: Occupied, watched: Watched, told: { readonly watch: FeedWatch; readonly startedAt: number }) {
    this.#occupied = occupied;
    this.#watched = watched;
    this.#told = told;
  }

  get instance(): Occupied['instance'] {
    return this.#occupied.instance;
  }

  get target(): Occupied['target'] {
    return this.#occupied.target;
  }

  leave(attempt: Attempt): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#told.watch.ended(this.#watched, endOf(attempt), this.#told.startedAt);
    this.#occupied.leave(attempt);
  }
}

/** An instance that is given less than this has not hung. */
const FAIR_TIMEOUT_MS = 2_000;

function endOf({ outcome: { termination }, timeoutMs }: Attempt): AttemptEnd {
  switch (termination) {
    case 'complete':
      return 'answered';
    case 'upstream_reset':
    case 'upstream_truncated':
      return 'broken';
    case 'upstream_refused':
      return 'refused';
    case 'deadline':
      return timeoutMs < FAIR_TIMEOUT_MS ? 'other' : 'stalled';
    case 'upstream_stalled':
      return 'stalled';
    case 'client_gone':
    case 'client_stalled':
    case 'body_too_large':
    case 'framing_refused':
    case 'upstream_unreachable':
    case 'connect_timeout':
    case 'upstream_invalid':
    case 'cancelled':
      return 'other';
  }
}
