/** The pools of all families: a member for each instance of the registry, which is chosen, counted, judged, and told of. */
import type { Counter, Logger, Metrics } from '@feedfleet/host';
import type { FleetView } from '../fleet-view.ts';
import type { CheckKind } from '../health/instance-health.ts';
import type { CheckResult } from '../health/check-state.ts';
import type { Checked } from '../health/health-checker.ts';
import type { Target } from '../transport.ts';
import { FamilyPool } from './family-pool.ts';
import type { EjectionReason } from './family-pool.ts';
import { declareMemberMetrics } from './member-metrics.ts';
import type { PoolMember } from './pool-member.ts';
import type { Attempt, Choice, Occupied, Pools, PoolState } from './pools.ts';

export interface InstancePoolsOptions {
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Evenly from 0 up to but not 1. */
  readonly random: () => number;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** Milliseconds since the epoch. */
  readonly wallClock: () => number;
  /** Told when the checks of an instance fail. */
  readonly down?: (target: Target) => void;
}

export class InstancePools implements Pools {
  readonly #options: InstancePoolsOptions;
  readonly #pools = new Map<string, FamilyPool>();
  readonly #checked = new WeakMap<PoolMember, Checked>();
  readonly #ejections: Counter;
  #fleet: FleetView | undefined;

  constructor(options: InstancePoolsOptions) {
    this.#options = options;
    this.#ejections = options.metrics.counter({
      name: 'feedfleet_balancer_ejections_total',
      help: 'Instances that were taken out of their pool for a while, by family and reason.',
      labels: ['family', 'reason'],
    });
    declareMemberMetrics(options.metrics, { members: () => this.#members(), now: options.now });
  }

  take(choice: Choice): Occupied | undefined {
    const now = this.#options.now();
    const pool = this.#poolOf(choice.family, choice.fleet);
    const member = pool.choose(choice, now);
    if (member === undefined) return undefined;
    member.enter();
    return new Seat(pool, member, this.#options.now);
  }

  state(fleet: FleetView): readonly PoolState[] {
    return fleet.families
      .map(({ id }) => this.#poolOf(id, fleet).state(fleet))
      .filter(({ members }) => members.length > 0);
  }

  /** Every instance that the registry has, whether it takes requests or not. */
  checked(fleet: FleetView): readonly Checked[] {
    return fleet.families.flatMap(({ id }) => {
      const pool = this.#poolOf(id, fleet);
      return pool.members(fleet).map((member) => this.#checkedOf(pool, member));
    });
  }

  #checkedOf(pool: FamilyPool, member: PoolMember): Checked {
    let checked = this.#checked.get(member);
    if (checked === undefined) {
      const take = (kind: CheckKind, result: CheckResult): void => {
        if (member.health.check(kind, result, this.#options.now())) pool.checked(member);
      };
      checked = { target: member.target, take };
      this.#checked.set(member, checked);
    }
    return checked;
  }

  #poolOf(family: string, fleet: FleetView): FamilyPool {
    if (fleet !== this.#fleet) this.#forget(fleet);
    let pool = this.#pools.get(family);
    if (pool === undefined) {
      const { random, now, wallClock } = this.#options;
      const events = {
        ejected: (member: PoolMember, event: EjectionTold) => this.#ejected(member, event),
        checked: (member: PoolMember, isDown: boolean) => this.#tellChecked(member, isDown),
      };
      pool = new FamilyPool({ family, random, now, wallClock, events });
      this.#pools.set(family, pool);
    }
    return pool;
  }

  /** Of a family that is gone nothing is kept. */
  #forget(fleet: FleetView): void {
    this.#fleet = fleet;
    for (const family of this.#pools.keys()) if (fleet.familyById(family) === undefined) this.#pools.delete(family);
  }

  #members(): readonly PoolMember[] {
    const fleet = this.#fleet;
    return fleet === undefined ? [] : [...this.#pools.values()].flatMap((pool) => pool.members(fleet));
  }

  #ejected({ target, instance }: PoolMember, { reason, why, lengthMs }: EjectionTold): void {
    this.#ejections.inc({ family: instance.family, reason });
    this.#options.log.warn('instance ejected', { ...fieldsOf(target), reason: why, 'ejection.length_ms': lengthMs });
  }

  #tellChecked({ target, health }: PoolMember, isDown: boolean): void {
    if (!isDown) this.#options.log.info('instance is up', fieldsOf(target));
    else {
      const reason = health.whyAt(this.#options.now());
      this.#options.log.warn('instance is down', { ...fieldsOf(target), reason });
      this.#options.down?.(target);
    }
  }
}

interface EjectionTold {
  readonly reason: EjectionReason;
  readonly why: string;
  readonly lengthMs: number;
}

class Seat implements Occupied {
  readonly #pool: FamilyPool;
  readonly #member: PoolMember;
  readonly #now: () => number;
  readonly target: Target;
  readonly instance: PoolMember['instance'];
  #isLeft = false;

  constructor(pool: FamilyPool, member: PoolMember, now: () => number) {
    this.#pool = pool;
    this.#member = member;
    this.#now = now;
    this.target = member.target;
    this.instance = member.instance;
  }

  leave(attempt: Attempt): void {
    if (this.#isLeft) return;
    this.#isLeft = true;
    this.#pool.left(this.#member, attempt, this.#now());
  }
}

function fieldsOf({ family, instance }: Target): Record<string, string> {
  return { 'feedfleet.family': family, 'feedfleet.instance': instance };
}
