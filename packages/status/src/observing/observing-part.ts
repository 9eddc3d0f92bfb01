/**
 * The observer in the status process: knows what there is to look at, looks, and says which URL works.
 *
 * The registry is asked at intervals; without it everything goes on with what was known last.
 */
import type { ContextOf, Express } from '@feedfleet/host';
import type { RegistryApi } from '@feedfleet/registry-client';
import type { Tip } from '@feedfleet/status-model';
import { tipFor } from '@feedfleet/status-probes';
import type { ObservationPlan } from '@feedfleet/status-probes';

import type { KnownFleet } from '../known-fleet.ts';
import { isLoopback } from '../loopback.ts';
import type { StatusContext, StatusPart, StatusPartDefinition } from '../part.ts';
import { CanaryKeeper } from './canary-keeper.ts';
import { askRegistry, readDiscovered, registryApiOf } from './fleet-discovery.ts';
import type { DiscoveredFleet } from './fleet-discovery.ts';
import { LatestSamples } from './latest-samples.ts';
import { LocalObserver } from './local-observer.ts';
import { makePlan, planForOthers, USUAL_FLEET, withoutSlash } from './make-plan.ts';
import { ObserverRoster } from './observer-roster.ts';
import { addObserverRoutes, observerOperations } from './observer-routes.ts';
import { observingMigrations, ObservingStore } from './observing-store.ts';

const KEPT_AS = 'fleet';
/** How often the registry is asked, in milliseconds: as long as it answers, and until then. */
const [CALM_MS, EAGER_MS] = [15_000, 1_000];
/** How long the first start of a fleet is waited for before its families are looked at, in milliseconds. */
const FIRST_START_MS = 60_000;
/** How often the canary is doubted at most, in milliseconds. */
const CHECK_MS = 60_000;

class Observing implements StatusPart {
  readonly name = 'observing';
  readonly report = {
    fleet: () => this.#knownFleet(),
    tipOf: (family: string) => this.#tipOf(family),
    observers: () => [...this.#roster.list(this.#context.clock.now())],
  };
  readonly #context: StatusContext;
  readonly #store: ObservingStore;
  readonly #latest = new LatestSamples();
  readonly #api: RegistryApi | undefined;
  readonly #canary: CanaryKeeper | undefined;
  readonly #observer: LocalObserver;
  readonly #roster: ObserverRoster;
  readonly #ending = new AbortController();
  readonly #startedAt: number;
  #fleet: DiscoveredFleet | undefined;
  #plan: ObservationPlan | undefined;
  #timer: NodeJS.Timeout | undefined;
  #asking: Promise<void> | undefined;
  #checkedAt: number;
  #lastFault = '';

  constructor(context: StatusContext) {
    this.#context = context;
    this.#store = new ObservingStore(context.database);
    this.#api = registryApiOf(context.settings);
    this.#canary = this.#canaryKeeper();
    this.#fleet = readDiscovered(this.#store.known(KEPT_AS));
    this.#startedAt = this.#checkedAt = context.clock.now();
    this.#observer = new LocalObserver({ context, latest: this.#latest, plan: () => this.#currentPlan() });
    const localSeenAt = () => this.#observer.seenAt();
    this.#roster = new ObserverRoster(this.#store, {
      localSeenAt,
      startedAt: this.#startedAt,
      looksItself: (context.settings.balancerUrl ?? context.settings.publicUrl) !== undefined,
    });
  }

  routes(app: Express, contextOf: ContextOf): void {
    addObserverRoutes(app, contextOf, {
      context: this.#context,
      store: this.#store,
      roster: this.#roster,
      latest: this.#latest,
      plan: () => this.#planForOthers(),
    });
  }

  start(): void {
    this.#makePlan();
    this.#observer.start();
    if (this.#api !== undefined) this.#askAgain(this.#api, 0);
  }

  async stop(): Promise<void> {
    this.#ending.abort();
    clearTimeout(this.#timer);
    this.#observer.stop();
    await this.#asking;
  }

  #canaryKeeper(): CanaryKeeper | undefined {
    const { canary, canaryFeed: feed, balancerUrl, publicUrl, probeTimeoutMs: timeoutMs } = this.#context.settings;
    const entry = balancerUrl ?? publicUrl;
    if (!canary || this.#api === undefined || entry === undefined) return undefined;
    return new CanaryKeeper({ store: this.#store, api: this.#api, feed, entryUrl: withoutSlash(entry), timeoutMs });
  }

  /** A fleet that nobody has ever seen is let start before it is judged. */
  #currentPlan(): ObservationPlan | undefined {
    const hasBegun = this.#fleet !== undefined && this.#fleet.instances.length > 0;
    const isAwaited = this.#api !== undefined && this.#context.clock.now() - this.#startedAt < FIRST_START_MS;
    return !hasBegun && isAwaited ? undefined : this.#plan;
  }

  #planForOthers(): ObservationPlan | undefined {
    const plan = this.#currentPlan();
    return plan === undefined ? undefined : planForOthers(plan, this.#context.settings.publicUrl);
  }

  #makePlan(): void {
    const { settings } = this.#context;
    const fleet = this.#fleet ?? USUAL_FLEET;
    this.#plan = makePlan({ settings, fleet, canary: this.#canary?.current() });
  }

  #askAgain(api: RegistryApi, delayMs: number): void {
    this.#timer = setTimeout(() => {
      this.#asking = this.#ask(api).then((isWell) => {
        if (!this.#ending.signal.aborted) this.#askAgain(api, isWell ? CALM_MS : EAGER_MS);
      });
    }, delayMs);
  }

  async #ask(api: RegistryApi): Promise<boolean> {
    try {
      const fleet = await askRegistry(api, this.#ending.signal);
      this.#takeFleet(fleet);
      await this.#tendCanary();
      this.#lastFault = '';
      return this.#isWhole(fleet);
    } catch (error) {
      this.#tellOnce(error);
      return false;
    } finally {
      this.#makePlan();
    }
  }

  /** While the first processes are still coming, the next question comes soon. */
  #isWhole({ families, instances }: DiscoveredFleet): boolean {
    const missing = families.some(({ id }) => instances.every(({ family }) => family !== id));
    return !missing || this.#context.clock.now() - this.#startedAt > FIRST_START_MS;
  }

  #takeFleet(fleet: DiscoveredFleet): void {
    if (JSON.stringify(fleet) === JSON.stringify(this.#fleet)) return;
    this.#fleet = fleet;
    this.#store.keep(KEPT_AS, fleet);
    this.#context.invalidate();
  }

  async #tendCanary(): Promise<void> {
    const now = this.#context.clock.now();
    if (this.#observer.doubtsCanary() && now - this.#checkedAt >= CHECK_MS) {
      this.#checkedAt = now;
      await this.#canary?.check(this.#ending.signal);
    }
    await this.#canary?.ensure(this.#ending.signal);
  }

  #tellOnce(error: unknown): void {
    const fault = error instanceof Error ? error.message : String(error);
    if (this.#ending.signal.aborted || fault === this.#lastFault) return;
    this.#lastFault = fault;
    this.#context.log.warn('the fleet could not be asked what there is', { 'error.message': fault });
  }

  #knownFleet(): KnownFleet {
    const { families, instances } = this.#fleet ?? USUAL_FLEET;
    const base = clientsBase(this.#context.settings);
    return {
      families: families.map(({ id, title, path }) => ({ id, title, urlPattern: base + path })),
      instances: instances.map(({ id, family, datacenter }) => ({ id, family, datacenter })),
    };
  }

  #tipOf(family: string): Tip | null {
    const { state } = this.#context.liveState(`family:${family}`);
    if (state !== 'down' && state !== 'degraded') return null;
    const now = this.#context.clock.now();
    const families = this.#knownFleet().families.map(({ id, urlPattern }) => ({
      id,
      urlPattern,
      worksAt: this.#latest.worksAt(`family:${id}`, now),
    }));
    return tipFor(family, families);
  }
}

/** How the fleet itself reaches the balancer is told only where that says nothing; else the URLs on the page are paths. */
function clientsBase({ publicUrl, balancerUrl }: StatusContext['settings']): string {
  if (publicUrl !== undefined) return withoutSlash(publicUrl);
  return balancerUrl !== undefined && isLoopback(new URL(balancerUrl)) ? withoutSlash(balancerUrl) : '';
}

export const observingPart: StatusPartDefinition = {
  name: 'observing',
  migrations: observingMigrations,
  operations: observerOperations,
  open: (context) => new Observing(context),
};
