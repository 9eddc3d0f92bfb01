/** For tests of pools: a fleet of instances, a clock that is set, and attempts in every outcome. */
import { DEFAULT_BALANCING, instanceSchema, RegistryView } from '@feedfleet/registry-client';
import type { Datacenter, FamilyBalancing, Instance, Quarantine } from '@feedfleet/registry-client';
import type { Failure } from '../transport.ts';
import type { Traffic } from '../traffic.ts';
import { FamilyPool } from './family-pool.ts';
import type { EjectionReason } from './family-pool.ts';
import type { PoolMember } from './pool-member.ts';
import type { Attempt, Choice } from './pools.ts';
import { drawsFrom } from './seeded-draws.ts';

type InstanceParts = Partial<Instance> & { readonly id: string };

export interface FleetParts {
  readonly instances: readonly InstanceParts[];
  readonly balancing?: Partial<FamilyBalancing>;
  readonly datacenters?: readonly Datacenter[];
  readonly quarantines?: readonly Quarantine[];
}

export function fleetOf({ instances, balancing = {}, datacenters = [], quarantines = [] }: FleetParts): RegistryView {
  return RegistryView.of({
    format: 1,
    fleetId: 'test',
    number: 1,
    feeds: [],
    keys: [],
    families: [{ id: 'v2', title: '', balancing: { ...DEFAULT_BALANCING, ...balancing } }],
    instances: instances.map((parts) => instanceSchema.parse({ family: 'v2', url: `http://${parts.id}:1`, ...parts })),
    routes: [],
    sources: [],
    reroutes: [],
    quarantines: [...quarantines],
    datacenters: [...datacenters],
  });
}

export const datacenter = (id: string, position: number, writes = false): Datacenter => {
  return { id, title: '', position, writes, epoch: 1 };
};

const READ: Traffic = { family: 'v2', class: 'people', feed: 'f', isIdempotent: true, isWrite: false };

export function attempt(parts: Partial<Attempt> = {}): Attempt {
  const outcome = { outcome: 'answered', termination: 'complete', status: 200 } as const;
  return { outcome, answeredMs: 10, isSourceFault: false, timeoutMs: 60_000, ...parts };
}

export const answered = (status: number): Attempt => {
  return attempt({ outcome: { outcome: 'answered', termination: 'complete', status } });
};

export const failed = (termination: Failure, timeoutMs = 60_000): Attempt => {
  return attempt({ outcome: { outcome: 'unanswered', termination, sent: 'head' }, answeredMs: undefined, timeoutMs });
};

export class PoolFixture {
  fleet: RegistryView;
  now = 1_000_000;
  readonly ejections: { readonly id: string; readonly reason: EjectionReason; readonly lengthMs: number }[] = [];
  readonly pool: FamilyPool;

  constructor(parts: FleetParts) {
    this.fleet = fleetOf(parts);
    this.pool = new FamilyPool({
      family: 'v2',
      random: drawsFrom(11),
      now: () => this.now,
      wallClock: () => this.now,
      events: {
        ejected: ({ id }, { reason, lengthMs }) => this.ejections.push({ id, reason, lengthMs }),
        checked: () => undefined,
      },
    });
  }

  choose(traffic: Partial<Traffic> = {}, tried: readonly string[] = []): PoolMember | undefined {
    const choice: Choice = {
      traffic: { ...READ, ...traffic },
      family: 'v2',
      fleet: this.fleet,
      tried: new Set(tried),
    };
    return this.pool.choose(choice, this.now);
  }

  /** Ids of those that get some of many requests, in order. */
  takers(traffic: Partial<Traffic> = {}): string[] {
    const ids = new Set<string>();
    for (let count = 0; count < 200; count++) {
      const member = this.choose({ feed: `f${count}`, ...traffic });
      if (member !== undefined) ids.add(member.id);
    }
    return [...ids].sort();
  }

  member(id: string): PoolMember {
    const member = this.pool.members(this.fleet).find((each) => each.id === id);
    if (member === undefined) throw new Error(`no member ${id}`);
    return member;
  }

  /** Requests at an instance that end as they are told. */
  end(id: string, how: Attempt, count = 1): void {
    const member = this.member(id);
    for (let left = count; left > 0; left--) {
      member.enter();
      this.pool.left(member, how, this.now);
    }
  }

  check(id: string, result: 'passed' | 'failed' | 'draining', count: number): void {
    const member = this.member(id);
    for (let left = count; left > 0; left--) {
      if (member.health.check('ready', result, this.now)) this.pool.checked(member);
    }
  }
}
