/**
 * The pool of one family: its members, which of them take requests right now, and the choice among them.
 *
 * What a view of the registry and health make of the members is worked out when one of them changes, not for each request. Pure: clock
 * and random are passed in.
 */
import { DEFAULT_BALANCING } from '@feedfleet/registry-client';
import type { FamilyBalancing } from '@feedfleet/registry-client';
import type { FleetView } from '../fleet-view.ts';
import { outliersOf } from '../health/outliers.ts';
import type { OutlierReason } from '../health/outliers.ts';
import { policyOf } from './policy-of.ts';
import { PoolMember } from './pool-member.ts';
import type { Attempt, Choice, PoolState } from './pools.ts';
import type { SelectionPolicy } from './selection-policy.ts';
import { tiersOf } from './tiers.ts';
import type { Tier } from './tiers.ts';

const SWEEP_MS = 10_000;
const MAX_EJECTED_SHARE = 0.5;

export type EjectionReason = 'failures' | OutlierReason;

/** What is told of members, for logs and metrics. */
interface PoolEvents {
  readonly ejected: (member: PoolMember, event: { reason: EjectionReason; why: string; lengthMs: number }) => void;
  /** Checks call it down, or up again. */
  readonly checked: (member: PoolMember, isDown: boolean) => void;
}

export interface FamilyPoolOptions {
  readonly family: string;
  readonly random: () => number;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  readonly events: PoolEvents;
}

type TakenBy = 'forReads' | 'forWrites';

export class FamilyPool {
  readonly #options: FamilyPoolOptions;
  #members = new Map<string, PoolMember>();
  #main: readonly Tier[] = [];
  #quarantine: readonly Tier[] = [];
  #fleet: FleetView | undefined;
  #balancing: FamilyBalancing = DEFAULT_BALANCING;
  #policy: SelectionPolicy;
  /** When an ejection ends, so that tiers have to be made anew. */
  #dueAt = 0;
  #sweptAt: number;

  constructor(options: FamilyPoolOptions) {
    this.#options = options;
    this.#policy = policyOf(DEFAULT_BALANCING, options.random);
    this.#sweptAt = options.now();
  }

  /** In order of id. */
  members(fleet: FleetView): readonly PoolMember[] {
    this.#refresh(fleet, this.#options.now());
    return [...this.#members.values()];
  }

  choose({ traffic, fleet, tried }: Choice, now: number): PoolMember | undefined {
    this.#refresh(fleet, now);
    const tiers = this.#isKeptApart(traffic.feed, fleet) ? this.#quarantine : this.#main;
    const by: TakenBy = traffic.isWrite ? 'forWrites' : 'forReads';
    const asking = { feed: traffic.feed, now };
    const limit = this.#balancing.maxConcurrent;
    for (const tier of tiers) {
      const left = untried(tier[by], tried);
      const member = this.#policy.select(left, asking);
      if (member === undefined || member.inFlight < limit) {
        if (member !== undefined) return member;
        continue;
      }
      const roomy = left.filter(({ inFlight }) => inFlight < limit);
      if (roomy.length > 0) return this.#policy.select(roomy, asking);
    }
    // All are at their limit: bounding that is the compartments' work.
    for (const tier of tiers) {
      const member = this.#policy.select(untried(tier[by], tried), asking);
      if (member !== undefined) return member;
    }
    return undefined;
  }

  left(member: PoolMember, attempt: Attempt, now: number): void {
    if (member.leave(attempt, now)) {
      const why = `too many failures in a row, the last one: ${describe(attempt)}`;
      this.#eject(member, { reason: 'failures', why }, now);
    }
    if (now - this.#sweptAt >= SWEEP_MS) this.#sweep(now);
  }

  /** Health of a member has changed by its checks. */
  checked(member: PoolMember): void {
    this.#dueAt = 0;
    this.#options.events.checked(member, member.health.isDown);
  }

  state(fleet: FleetView): PoolState {
    const now = this.#options.now();
    const members = this.members(fleet).map((member) => member.stateAt(now, this.#options.wallClock()));
    const isPanicking = [...this.#main, ...this.#quarantine].some((tier) => tier.isPanicking);
    return { family: this.#options.family, isPanicking, members };
  }

  #isKeptApart(feed: string | undefined, fleet: FleetView): boolean {
    if (this.#quarantine.length === 0 || feed === undefined) return false;
    const quarantine = fleet.quarantineOf(feed);
    if (quarantine === undefined) return false;
    return quarantine.until === null || Date.parse(quarantine.until) > this.#options.wallClock();
  }

  #refresh(fleet: FleetView, now: number): void {
    if (fleet === this.#fleet && now < this.#dueAt) return;
    if (fleet !== this.#fleet) this.#reconcile(fleet, now);
    this.#arrange(fleet, now);
  }

  #reconcile(fleet: FleetView, now: number): void {
    const { family, random } = this.#options;
    const isFirst = this.#members.size === 0;
    const members = new Map<string, PoolMember>();
    for (const instance of fleet.instancesOf(family)) {
      const key = `${instance.id} ${instance.url}`;
      // Those that are there first are new to the balancer only.
      const member = this.#members.get(key) ?? new PoolMember(instance, isFirst ? -Infinity : now);
      member.instance = instance;
      members.set(key, member);
    }
    this.#members = members;
    this.#fleet = fleet;
    const balancing = fleet.familyById(family)?.balancing ?? DEFAULT_BALANCING;
    const { policy, shardSize } = this.#balancing;
    if (balancing.policy !== policy || balancing.shardSize !== shardSize) this.#policy = policyOf(balancing, random);
    this.#balancing = balancing;
  }

  #arrange({ datacenters }: FleetView, now: number): void {
    let dueAt = Infinity;
    for (const member of this.#members.values()) {
      const isHealthy = member.health.isHealthyAt(now);
      if (isHealthy && !member.wasHealthy) member.startSlowly(now);
      member.wasHealthy = isHealthy;
      if (member.health.isEjectedAt(now)) dueAt = Math.min(dueAt, member.health.ejectedUntil);
    }
    this.#dueAt = dueAt;
    const members = [...this.#members.values()];
    const of = (pool: 'main' | 'quarantine'): readonly Tier[] =>
      tiersOf(
        members.filter(({ instance }) => instance.pool === pool),
        datacenters,
        now,
      );
    this.#main = of('main');
    this.#quarantine = of('quarantine');
  }

  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const { open } of [...this.#main, ...this.#quarantine]) {
      const sweeps = open.map(({ health }) => health.takeSweep());
      for (const { index, reason, why } of outliersOf(sweeps, this.#balancing.policy !== 'rendezvous')) {
        const member = open[index];
        if (member !== undefined) this.#eject(member, { reason, why }, now);
      }
    }
  }

  #eject(member: PoolMember, { reason, why }: { reason: EjectionReason; why: string }, now: number): void {
    const { health } = member;
    const tier = [...this.#main, ...this.#quarantine].find(({ open }) => open.includes(member));
    if (tier === undefined || !health.isHealthyAt(now)) return;
    const out = tier.open.filter((other) => !other.health.isHealthyAt(now)).length;
    if (out + 1 > tier.open.length * MAX_EJECTED_SHARE) return;
    const lengthMs = health.eject(why, now);
    this.#dueAt = 0;
    this.#options.events.ejected(member, { reason, why, lengthMs });
  }
}

function untried(members: readonly PoolMember[], tried: ReadonlySet<string>): readonly PoolMember[] {
  return tried.size === 0 ? members : members.filter(({ id }) => !tried.has(id));
}

function describe({ outcome, isSourceFault }: Attempt): string {
  if (outcome.termination !== 'complete') return outcome.termination;
  return `status ${outcome.status}${isSourceFault ? ' of a source' : ''}`;
}
