/** For tests: what steers traffic in a registry and in two balancers, remembered in memory. */
import { ProblemError } from '@feedfleet/problems';
import { DEFAULT_BALANCING, familySchema, instanceSchema, rerouteSchema } from '@feedfleet/registry-client';
import type { BalancerState, Datacenter, Instance, Override, Quarantine, Reroute } from '@feedfleet/registry-client';

import type { BalancerPort, RegistryAddress, RegistryPort } from '../parts.ts';

type SteeringPorts = Pick<RegistryPort, 'families' | 'instances' | 'reroutes' | 'quarantines' | 'datacenters'>;

const change = { number: 7, applied: { processes: 2, of: 2 } };
const said = { createdAt: '2026-01-01T00:00:00.000Z', actor: 'operator' };
const BALANCERS = ['http://127.0.0.1:7001', 'http://127.0.0.1:7002'];

export class FixtureSteering {
  /** By id. */
  readonly reroutes = new Map<string, Reroute>();
  readonly quarantines = new Map<string, Quarantine>();
  readonly instances = new Map<string, Instance>();
  readonly changes: unknown[] = [];
  datacenters: readonly Datacenter[] = [
    { id: 'east', title: '', position: 0, writes: true, epoch: 3 },
    { id: 'west', title: '', position: 1, writes: false, epoch: 1 },
  ];
  /** What was told to each balancer, by its address. */
  readonly overrides = new Map<string, Map<string, Override>>(BALANCERS.map((url) => [url, new Map()]));
  /** What the balancers are asked with. */
  readonly tokens = new Set<string>();
  readonly silent = new Set<string>();
  /** Parts of every balancer's state that differ from that of an idle fleet. */
  state: Partial<BalancerState> = {};

  constructor() {
    for (const id of ['v2-1', 'v2-2']) {
      this.instances.set(id, instanceSchema.parse({ id, family: 'v2', url: 'http://127.0.0.1:1' }));
    }
  }

  get ports(): SteeringPorts {
    const done = <T>(value: T): Promise<T> => Promise.resolve(value);
    return {
      families: {
        list: () => done([{ id: 'v2', title: 'v2', balancing: DEFAULT_BALANCING }]),
        update: (id, { balancing }) => {
          this.changes.push([id, balancing]);
          return done({ family: familySchema.parse({ id, title: '', balancing: balancing ?? {} }), change });
        },
      },
      instances: {
        list: () => done([...this.instances.values()]),
        update: (id, changes) => {
          const before = this.instances.get(id);
          if (before === undefined) return Promise.reject(new ProblemError('noSuchEntity', { detail: id }));
          const instance = instanceSchema.parse({ ...before, ...changes });
          this.instances.set(id, instance);
          this.changes.push([id, changes]);
          return done({ instance, change });
        },
      },
      reroutes: {
        list: () => done([...this.reroutes.values()]),
        put: (id, written) => {
          const usual = { feed: null, percent: 100, reason: '', until: null };
          const reroute = rerouteSchema.parse({ ...usual, ...written, ...said, id });
          this.reroutes.set(id, reroute);
          return done({ reroute, change });
        },
        delete: (id) => {
          this.reroutes.delete(id);
          return done({ change });
        },
      },
      quarantines: {
        list: () => done([...this.quarantines.values()]),
        put: (feed, { reason = '', until = null }) => {
          const quarantine = { id: `id-${feed}`, reason, until, ...said };
          this.quarantines.set(feed, quarantine);
          return done({ quarantine, change });
        },
        delete: (feed) => {
          this.quarantines.delete(feed);
          return done({ change });
        },
      },
      datacenters: {
        list: () => done(this.datacenters),
        failover: (request) => {
          this.changes.push(request);
          return done({ datacenter: { id: request.to, title: '', position: 1, writes: true, epoch: 4 }, change });
        },
      },
    };
  }

  balancer({ url, token }: RegistryAddress): BalancerPort {
    this.tokens.add(token);
    const own = this.overrides.get(url);
    const asked = <T>(answer: () => T): Promise<T> => {
      if (own !== undefined && !this.silent.has(url)) return Promise.resolve(answer());
      return Promise.reject(new ProblemError('unreachable', { detail: `${url} does not answer` }));
    };
    return {
      state: () => asked(() => this.#stateOf(url, [...(own?.values() ?? [])])),
      override: ({ entity, id }, { value, actor }) =>
        asked(() => {
          const override = { entity, id, value, at: said.createdAt, actor } as Override;
          own?.set(`${entity} ${id}`, override);
          return override;
        }),
      clear: ({ entity, id }) => asked(() => own?.delete(`${entity} ${id}`) ?? false),
    };
  }

  #stateOf(url: string, overrides: Override[]): BalancerState {
    return {
      instance: `balancer-${BALANCERS.indexOf(url) + 1}`,
      at: said.createdAt,
      registry: { number: 3, connected: true },
      families: [],
      pools: [{ family: 'v2', isPanicking: false, members: [...this.instances.values()].map(idleMember) }],
      compartments: { topFeeds: [], topFeedsForMs: 30_000 },
      feeds: {},
      reroutes: [...this.reroutes.values()].map((reroute) => ({ ...reroute, origin: 'registry' as const })),
      quarantines: [],
      datacenters: [...this.datacenters],
      overrides,
      ...this.state,
    };
  }
}

function idleMember(instance: Instance): BalancerState['pools'][number]['members'][number] {
  const isTaking = instance.state === 'active' && instance.weight > 0;
  return { instance, health: 'healthy', why: '', isTaking, inFlight: 0, requests: 0, failures: 0 };
}
