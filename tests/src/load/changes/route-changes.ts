/**
 * Random changes of a fleet's routes after which every request has to be answered as before, and between them changes whose effect is
 * looked at: they have to be in force as soon as the registry says so.
 */
import type { Route } from '@feedfleet/registry-client';
import type { Fleet } from '@feedfleet/throwaway-fleet';

import { exchange } from '../../support/exchange.ts';

const FAMILIES = ['default', 'v1', 'v2', 'v3', 'push', 'symbols'] as const;
/** Longer patterns for paths that belong to the same family anyhow. */
const SAME = [
  ...(['v1', 'v2', 'v3'] as const).map((family) => ({ family, pattern: `/F/green/api/${family}` })),
  { family: 'v3', pattern: '/F/{feed}/api/v3/registration' },
  { family: 'v2', pattern: '/F/{feed}[/auth/{key}]/api/v2/FindPackagesById()' },
  { family: 'default', pattern: '/F/blue/FindPackagesById()' },
] as const;
const READING_METHODS = ['GET', 'HEAD', 'OPTIONS'] as const;
/** Their other methods have routes of their own. */
const READING_ROUTES: readonly string[] = ['default', 'v1', 'v2', 'v3'];
/** Every so many changes one is looked at. */
const LOOKED_AT_EVERY = 10;
const LOOKED_AT = { id: 'load-closed', pattern: '/F/{feed}/closed-by-a-test' } as const;
/** Has no instances, so that the balancer says 503 to what is for it. */
const EMPTY_FAMILY = 'load-empty';
const CLOSED = 503;
const MOST_NOISE = 20;

/** Mulberry32: the same seed, the same changes. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class RouteChanges {
  readonly #fleet: Fleet;
  readonly #random: () => number;
  readonly #ownRoutes: readonly Route[];
  #made = 0;
  /** Changes that were said to be applied, and were not in force. */
  readonly late: string[] = [];

  private constructor(fleet: Fleet, ownRoutes: readonly Route[], seed: number) {
    this.#fleet = fleet;
    this.#ownRoutes = ownRoutes;
    this.#random = seeded(seed);
  }

  static async begin(fleet: Fleet, seed: number): Promise<RouteChanges> {
    await fleet.registry.families.put(EMPTY_FAMILY, { title: 'Nobody' });
    const routes = await fleet.registry.routes.list();
    return new RouteChanges(
      fleet,
      routes.filter(({ id }) => READING_ROUTES.includes(id)),
      seed,
    );
  }

  get made(): number {
    return this.#made;
  }

  async next(): Promise<void> {
    this.#made += 1;
    if (this.#made % LOOKED_AT_EVERY === 0) await this.#closeOrOpen();
    else await this.#pick([() => this.#noise(), () => this.#same(), () => this.#restated()])();
  }

  /** Paths of nobody, to any family: added, moved, taken away. */
  async #noise(): Promise<void> {
    const id = `load-noise-${this.#below(MOST_NOISE)}`;
    const pattern = `/F/{feed}/${id}${this.#pick(['', '/{more}', '/deep/er'])}`;
    if (this.#random() < 0.3) await this.#delete(id);
    else await this.#fleet.registry.routes.put(id, { pattern, methods: null, family: this.#pick(FAMILIES) });
  }

  async #same(): Promise<void> {
    const place = this.#below(SAME.length);
    const id = `load-same-${place}`;
    const { family, pattern } = SAME[place] ?? SAME[0];
    if (this.#random() < 0.4) await this.#delete(id);
    else await this.#fleet.registry.routes.put(id, { pattern, methods: ['GET', 'HEAD'], family });
  }

  /** A route of every fleet, without the methods for which there are others. */
  async #restated(): Promise<void> {
    const { id, pattern, methods, family } = this.#pick(this.#ownRoutes);
    const said = this.#random() < 0.5 ? READING_METHODS : methods;
    await this.#fleet.registry.routes.put(id, { pattern, methods: said && [...said], family });
  }

  /** A path of a family without instances, which the balancer says itself, and then of the feed's family again. */
  async #closeOrOpen(): Promise<void> {
    const { id, pattern } = LOOKED_AT;
    const isClosed = (await this.#look()) === CLOSED;
    if (isClosed) await this.#delete(id);
    else await this.#fleet.registry.routes.put(id, { pattern, methods: null, family: EMPTY_FAMILY });
    const status = await this.#look();
    if ((status === CLOSED) === isClosed) this.late.push(`change ${this.#made}: ${status}`);
  }

  async #look(): Promise<number> {
    return (await exchange(`${this.#fleet.url}/F/green/closed-by-a-test`)).status;
  }

  /** There may be no such route. */
  async #delete(id: string): Promise<void> {
    const { registry } = this.#fleet;
    if ((await registry.routes.list()).some((route) => route.id === id)) await registry.routes.delete(id);
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #pick<T>(list: readonly T[]): T {
    const picked = list[this.#below(list.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }
}
