/**
 * The registry as a process sees it: immutable, indexed, made from a snapshot and moved on by changes.
 *
 * Applying a change copies what it touches only (`LayeredMap`), so that a fleet with ten thousand feeds and keys does
 * not pause for each of them.
 */
import { ProblemError } from '@feedfleet/problems';

import type { Datacenter, Quarantine, Reroute } from './balancing-model.ts';
import { LayeredMap } from './layered-map.ts';
import type { ApiKey, Change, Family, Feed, Instance, Operation, Route, Snapshot } from './model.ts';
import type { Source } from './source-model.ts';
import { compileRoutes } from './route-table.ts';
import type { RouteTable } from './route-table.ts';

interface Entities {
  readonly feeds: LayeredMap<Feed>;
  readonly feedsByName: LayeredMap<Feed>;
  readonly keys: LayeredMap<ApiKey>;
  readonly keysByHash: LayeredMap<ApiKey>;
  readonly families: LayeredMap<Family>;
  readonly instances: LayeredMap<Instance>;
  readonly routes: LayeredMap<Route>;
  readonly routeTable: RouteTable;
  readonly sources: LayeredMap<Source>;
  /** In order of position and id; feeds without sources are left out. */
  readonly sourcesByFeed: LayeredMap<readonly Source[]>;
  readonly reroutes: LayeredMap<Reroute>;
  readonly quarantines: LayeredMap<Quarantine>;
  readonly datacenters: LayeredMap<Datacenter>;
}

/** Names under which a feed is found, in lower case. */
export function namesOf(feed: Pick<Feed, 'name' | 'aliases'>): readonly string[] {
  return [feed.name, ...feed.aliases].map((name) => name.toLowerCase());
}

const byId = <T extends { readonly id: string }>(values: Iterable<T>): T[] =>
  [...values].sort((left, right) => (left.id < right.id ? -1 : 1));

const indexById = <T extends { readonly id: string }>(values: readonly T[]): LayeredMap<T> =>
  LayeredMap.of(values.map((value): [string, T] => [value.id, value]));

function refuse(detail: string): never {
  throw new ProblemError('invalidRequest', { detail });
}

function replaced<T extends { readonly id: string }>(
  map: LayeredMap<T>,
  { entity, id, value }: { readonly entity: string; readonly id: string; readonly value: T | null },
): LayeredMap<T> {
  if (value === null && map.get(id) === undefined) refuse(`${entity} ${id}: cannot be deleted, it does not exist`);
  if (value !== null && value.id !== id) refuse(`${entity} ${id}: the value has the id ${value.id}`);
  return map.with([[id, value ?? undefined]]);
}

/** Moves the entries of a secondary index from the old value's names to the new one's. */
function reindexed<T extends { readonly id: string }>(
  index: LayeredMap<T>,
  before: { readonly names: readonly string[]; readonly id: string },
  after: { readonly names: readonly string[]; readonly value: T | null },
): LayeredMap<T> {
  const gone = before.names.filter((name) => index.get(name)?.id === before.id && !after.names.includes(name));
  const { value } = after;
  return index.with([
    ...gone.map((name): [string, undefined] => [name, undefined]),
    ...(value === null ? [] : after.names.map((name): [string, T] => [name, value])),
  ]);
}

const noSources: readonly Source[] = Object.freeze([]);

function inOrder(sources: readonly Source[]): readonly Source[] {
  return sources.toSorted((left, right) => left.position - right.position || (left.id < right.id ? -1 : 1));
}

function indexByFeed(sources: readonly Source[]): LayeredMap<readonly Source[]> {
  const byFeed = Map.groupBy(sources, ({ feed }) => feed);
  return LayeredMap.of([...byFeed].map(([feed, own]): [string, readonly Source[]] => [feed, inOrder(own)]));
}

/** The lists of the feed that had the source and of the one that has it now; all others stay the arrays that they are. */
function relisted(entities: Entities, id: string, value: Source | null): LayeredMap<readonly Source[]> {
  const before = entities.sources.get(id);
  const feeds = new Set([before?.feed, value?.feed].filter((feed) => feed !== undefined));
  const lists = [...feeds].map((feed): [string, readonly Source[] | undefined] => {
    const others = (entities.sourcesByFeed.get(feed) ?? noSources).filter((source) => source.id !== id);
    const own = value?.feed === feed ? inOrder([...others, value]) : others;
    return [feed, own.length === 0 ? undefined : own];
  });
  return entities.sourcesByFeed.with(lists);
}

function applyOperation(entities: Entities, operation: Operation): Entities {
  switch (operation.entity) {
    case 'feed': {
      const old = entities.feeds.get(operation.id);
      const before = { id: operation.id, names: old === undefined ? [] : namesOf(old) };
      const after = { value: operation.value, names: operation.value === null ? [] : namesOf(operation.value) };
      return {
        ...entities,
        feeds: replaced(entities.feeds, operation),
        feedsByName: reindexed(entities.feedsByName, before, after),
      };
    }
    case 'key': {
      const old = entities.keys.get(operation.id);
      const before = { id: operation.id, names: old === undefined ? [] : [old.hash] };
      const after = { value: operation.value, names: operation.value === null ? [] : [operation.value.hash] };
      return {
        ...entities,
        keys: replaced(entities.keys, operation),
        keysByHash: reindexed(entities.keysByHash, before, after),
      };
    }
    case 'family':
      return { ...entities, families: replaced(entities.families, operation) };
    case 'instance':
      return { ...entities, instances: replaced(entities.instances, operation) };
    case 'reroute':
      return { ...entities, reroutes: replaced(entities.reroutes, operation) };
    case 'quarantine':
      return { ...entities, quarantines: replaced(entities.quarantines, operation) };
    case 'datacenter':
      return { ...entities, datacenters: replaced(entities.datacenters, operation) };
    case 'route':
      return { ...entities, routes: replaced(entities.routes, operation) };
    case 'source':
      return {
        ...entities,
        sources: replaced(entities.sources, operation),
        sourcesByFeed: relisted(entities, operation.id, operation.value),
      };
  }
}

export class RegistryView {
  readonly number: number;
  readonly fleetId: string;
  readonly #entities: Entities;
  #instancesByFamily: ReadonlyMap<string, readonly Instance[]> | undefined;
  #reroutes: readonly Reroute[] | undefined;
  #datacenters: readonly Datacenter[] | undefined;

  private constructor(identity: { readonly number: number; readonly fleetId: string }, entities: Entities) {
    this.number = identity.number;
    this.fleetId = identity.fleetId;
    this.#entities = entities;
  }

  /**
   * @param snapshot - valid by `snapshotSchema`.
   * @throws {ProblemError} `FF_INVALID_REQUEST` when its routes do not compile.
   */
  static of(snapshot: Snapshot): RegistryView {
    return new RegistryView(snapshot, {
      feeds: indexById(snapshot.feeds),
      feedsByName: LayeredMap.of(
        snapshot.feeds.flatMap((feed) => namesOf(feed).map((name): [string, Feed] => [name, feed])),
      ),
      keys: indexById(snapshot.keys),
      keysByHash: LayeredMap.of(snapshot.keys.map((key): [string, ApiKey] => [key.hash, key])),
      families: indexById(snapshot.families),
      instances: indexById(snapshot.instances),
      routes: indexById(snapshot.routes),
      routeTable: compileRoutes(snapshot.routes),
      sources: indexById(snapshot.sources),
      sourcesByFeed: indexByFeed(snapshot.sources),
      reroutes: indexById(snapshot.reroutes),
      quarantines: indexById(snapshot.quarantines),
      datacenters: indexById(snapshot.datacenters),
    });
  }

  /** By name or alias, without case. */
  feedByName(nameOrAlias: string): Feed | undefined {
    return this.#entities.feedsByName.get(nameOrAlias.toLowerCase());
  }

  feedById(id: string): Feed | undefined {
    return this.#entities.feeds.get(id);
  }

  keyById(id: string): ApiKey | undefined {
    return this.#entities.keys.get(id);
  }

  /** @param hash - of `hashKey`. */
  keyByHash(hash: string): ApiKey | undefined {
    return this.#entities.keysByHash.get(hash);
  }

  familyById(id: string): Family | undefined {
    return this.#entities.families.get(id);
  }

  instanceById(id: string): Instance | undefined {
    return this.#entities.instances.get(id);
  }

  routeById(id: string): Route | undefined {
    return this.#entities.routes.get(id);
  }

  sourceById(id: string): Source | undefined {
    return this.#entities.sources.get(id);
  }

  rerouteById(id: string): Reroute | undefined {
    return this.#entities.reroutes.get(id);
  }

  /** @param feedId - of the feed that is kept apart. */
  quarantineOf(feedId: string): Quarantine | undefined {
    return this.#entities.quarantines.get(feedId);
  }

  datacenterById(id: string): Datacenter | undefined {
    return this.#entities.datacenters.get(id);
  }

  /** Sources of a feed in order of position and id. The same array until one of them changes. */
  sourcesOf(feedId: string): readonly Source[] {
    return this.#entities.sourcesByFeed.get(feedId) ?? noSources;
  }

  /** In order of id, as all lists here. */
  get feeds(): readonly Feed[] {
    return byId(this.#entities.feeds.values());
  }

  get keys(): readonly ApiKey[] {
    return byId(this.#entities.keys.values());
  }

  get families(): readonly Family[] {
    return byId(this.#entities.families.values());
  }

  get instances(): readonly Instance[] {
    return byId(this.#entities.instances.values());
  }

  get routes(): readonly Route[] {
    return byId(this.#entities.routes.values());
  }

  get sources(): readonly Source[] {
    return byId(this.#entities.sources.values());
  }

  /** In no order, one by one: there may be very many. */
  eachSource(): Iterable<Source> {
    return this.#entities.sources.values();
  }

  /** The same array until something changes. */
  get reroutes(): readonly Reroute[] {
    return (this.#reroutes ??= byId(this.#entities.reroutes.values()));
  }

  get quarantines(): readonly Quarantine[] {
    return byId(this.#entities.quarantines.values());
  }

  /** In order of position and id. The same array until something changes. */
  get datacenters(): readonly Datacenter[] {
    this.#datacenters ??= byId(this.#entities.datacenters.values()).sort((a, b) => a.position - b.position);
    return this.#datacenters;
  }

  /** Instances of a family in order of id; empty for a family that is not known. The same array until something changes. */
  instancesOf(familyId: string): readonly Instance[] {
    this.#instancesByFamily ??= Map.groupBy(this.instances, (instance) => instance.family);
    return this.#instancesByFamily.get(familyId) ?? [];
  }

  get routeTable(): RouteTable {
    return this.#entities.routeTable;
  }

  /**
   * The view after a change; this one stays as it is.
   *
   * @throws {ProblemError} `FF_INVALID_REQUEST` when the number does not follow, or an operation does not fit.
   */
  apply(change: Change): RegistryView {
    if (change.number !== this.number + 1) refuse(`change ${change.number} does not follow ${this.number}`);
    const applied = change.operations.reduce(applyOperation, this.#entities);
    const hasNewRoutes = applied.routes !== this.#entities.routes;
    const entities = hasNewRoutes ? { ...applied, routeTable: compileRoutes(byId(applied.routes.values())) } : applied;
    return new RegistryView({ number: change.number, fleetId: this.fleetId }, entities);
  }

  /** Everything, in order of id: equal views give equal snapshots. */
  toSnapshot(): Snapshot {
    const { number, fleetId, feeds, keys, families, instances, routes, sources } = this;
    const { reroutes, quarantines, datacenters } = this;
    return {
      format: 1,
      fleetId,
      number,
      feeds: [...feeds],
      keys: [...keys],
      families: [...families],
      instances: [...instances],
      routes: [...routes],
      sources: [...sources],
      reroutes: [...reroutes],
      quarantines: [...quarantines],
      datacenters: [...datacenters],
    };
  }
}

/** The snapshot after a change, in order of id. Pure; for one change after another `RegistryView.apply` is cheaper. */
export function applyChange(snapshot: Snapshot, change: Change): Snapshot {
  return RegistryView.of(snapshot).apply(change).toSnapshot();
}
