/**
 * The registry's HTTP API, typed: used by the supervisor, the command line and the mirror.
 *
 * Every method takes an AbortSignal last, and throws a ProblemError: with the registry's own code and detail, or
 * `FF_REGISTRY_UNAVAILABLE` when it cannot be reached. Feeds are named by id, name or alias. A write answers when every
 * process that follows the registry has applied it, or after two seconds; its receipt says how many have.
 */
import {
  bootstrapAnswerSchema,
  changesAnswerSchema,
  deletedSchema,
  familyListSchema,
  familyWrittenSchema,
  feedAnswerSchema,
  feedListSchema,
  feedWrittenSchema,
  fleetAnswerSchema,
  instanceListSchema,
  instanceWrittenSchema,
  keyCreatedSchema,
  keyListSchema,
  keyUsageAnswerSchema,
  routeListSchema,
  routeWrittenSchema,
  unsubscribedSchema,
} from './api-schemas.ts';
import type {
  BootstrapAnswer,
  BootstrapRequest,
  ChangesAnswer,
  Deleted,
  FamilyChange,
  FamilyWrite,
  FamilyWritten,
  FeedChange,
  FeedCreation,
  FeedWritten,
  FleetAnswer,
  InstanceChange,
  InstanceWrite,
  InstanceWritten,
  KeyCreated,
  KeyCreation,
  KeySummary,
  KeyUsage,
  RouteWrite,
  RouteWritten,
} from './api-schemas.ts';
import { auditAnswerSchema } from './balancing-api-schemas.ts';
import type { AuditAnswer, AuditQuery } from './balancing-api-schemas.ts';
import { DatacentersApi, QuarantinesApi, ReroutesApi } from './balancing-api.ts';
import { leaseAnswerSchema, leaveAnswerSchema } from './lease-schemas.ts';
import type { LeaseAnswer, LeaseRequest } from './lease-schemas.ts';
import { snapshotSchema } from './model.ts';
import type { Family, Feed, Instance, Route, Snapshot } from './model.ts';
import { SourcesApi } from './sources-api.ts';
import { RegistryHttp } from './registry-http.ts';
import type { RegistryHttpOptions } from './registry-http.ts';

export type RegistryApiOptions = RegistryHttpOptions;

export interface ChangesPoll {
  /** Number of the newest change that the subscriber has applied: this acknowledges it. */
  readonly after: number;
  /** How long the registry may wait for a change, in milliseconds. */
  readonly waitMs: number;
  readonly subscriber: string;
}

/** A poll may take this much longer than it asked the registry to wait. */
const pollGraceMs = 10_000;
const segment = encodeURIComponent;

export class FeedsApi {
  readonly #http: RegistryHttp;
  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  async list(signal?: AbortSignal): Promise<readonly Feed[]> {
    return (await this.#http.call({ method: 'GET', path: '/api/feeds', answer: feedListSchema, signal })).feeds;
  }

  async get(feed: string, signal?: AbortSignal): Promise<Feed> {
    const path = `/api/feeds/${segment(feed)}`;
    return (await this.#http.call({ method: 'GET', path, answer: feedAnswerSchema, signal })).feed;
  }

  create(feed: FeedCreation, signal?: AbortSignal): Promise<FeedWritten> {
    return this.#http.call({ method: 'POST', path: '/api/feeds', body: feed, answer: feedWrittenSchema, signal });
  }

  update(feed: string, change: FeedChange, signal?: AbortSignal): Promise<FeedWritten> {
    const path = `/api/feeds/${segment(feed)}`;
    return this.#http.call({ method: 'PATCH', path, body: change, answer: feedWrittenSchema, signal });
  }

  /** Keys that were for this feed only go with it. */
  delete(feed: string, signal?: AbortSignal): Promise<Deleted> {
    const path = `/api/feeds/${segment(feed)}`;
    return this.#http.call({ method: 'DELETE', path, answer: deletedSchema, signal });
  }
}

export class KeysApi {
  readonly #http: RegistryHttp;
  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  async list(signal?: AbortSignal): Promise<readonly KeySummary[]> {
    return (await this.#http.call({ method: 'GET', path: '/api/keys', answer: keyListSchema, signal })).keys;
  }

  /** The answer is the only one that ever holds the secret. */
  create(key: KeyCreation, signal?: AbortSignal): Promise<KeyCreated> {
    return this.#http.call({ method: 'POST', path: '/api/keys', body: key, answer: keyCreatedSchema, signal });
  }

  revoke(keyId: string, signal?: AbortSignal): Promise<Deleted> {
    const path = `/api/keys/${segment(keyId)}`;
    return this.#http.call({ method: 'DELETE', path, answer: deletedSchema, signal });
  }
}

export class FamiliesApi {
  readonly #http: RegistryHttp;
  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  async list(signal?: AbortSignal): Promise<readonly Family[]> {
    const answer = familyListSchema;
    return (await this.#http.call({ method: 'GET', path: '/api/families', answer, signal })).families;
  }

  put(id: string, family: FamilyWrite, signal?: AbortSignal): Promise<FamilyWritten> {
    const path = `/api/families/${segment(id)}`;
    return this.#http.call({ method: 'PUT', path, body: family, answer: familyWrittenSchema, signal });
  }

  /** Changes what is given; of its balancing, too. */
  update(id: string, change: FamilyChange, signal?: AbortSignal): Promise<FamilyWritten> {
    const path = `/api/families/${segment(id)}`;
    return this.#http.call({ method: 'PATCH', path, body: change, answer: familyWrittenSchema, signal });
  }

  /** Refused while it has routes or instances. */
  delete(id: string, signal?: AbortSignal): Promise<Deleted> {
    const path = `/api/families/${segment(id)}`;
    return this.#http.call({ method: 'DELETE', path, answer: deletedSchema, signal });
  }
}

export class InstancesApi {
  readonly #http: RegistryHttp;
  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  async list(signal?: AbortSignal): Promise<readonly Instance[]> {
    const answer = instanceListSchema;
    return (await this.#http.call({ method: 'GET', path: '/api/instances', answer, signal })).instances;
  }

  /** Adds or replaces; no number is used up when it is there already as given. */
  put(id: string, instance: InstanceWrite, signal?: AbortSignal): Promise<InstanceWritten> {
    const path = `/api/instances/${segment(id)}`;
    return this.#http.call({ method: 'PUT', path, body: instance, answer: instanceWrittenSchema, signal });
  }

  /** What operators say of it: its weight, whether it drains, its pool. */
  update(id: string, change: InstanceChange, signal?: AbortSignal): Promise<InstanceWritten> {
    const path = `/api/instances/${segment(id)}`;
    return this.#http.call({ method: 'PATCH', path, body: change, answer: instanceWrittenSchema, signal });
  }

  delete(id: string, signal?: AbortSignal): Promise<Deleted> {
    const path = `/api/instances/${segment(id)}`;
    return this.#http.call({ method: 'DELETE', path, answer: deletedSchema, signal });
  }
}

/** How instances speak of themselves. Operator token only. */
export class LeasesApi {
  readonly #http: RegistryHttp;
  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  /** Registers the instance, or renews its lease; what operators have said of its weight, state and pool stays. */
  hold(instance: string, lease: LeaseRequest, signal?: AbortSignal): Promise<LeaseAnswer> {
    const path = `/api/instances/${segment(instance)}/lease`;
    return this.#http.call({ method: 'POST', path, body: lease, answer: leaseAnswerSchema, signal });
  }

  /** Takes the instance out; answered when all who follow the registry know. */
  async leave(instance: string, holder: string, signal?: AbortSignal): Promise<void> {
    const path = `/api/instances/${segment(instance)}/lease`;
    await this.#http.call({ method: 'DELETE', path, query: { holder }, answer: leaveAnswerSchema, signal });
  }
}

export class RoutesApi {
  readonly #http: RegistryHttp;
  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  async list(signal?: AbortSignal): Promise<readonly Route[]> {
    return (await this.#http.call({ method: 'GET', path: '/api/routes', answer: routeListSchema, signal })).routes;
  }

  put(id: string, route: RouteWrite, signal?: AbortSignal): Promise<RouteWritten> {
    const path = `/api/routes/${segment(id)}`;
    return this.#http.call({ method: 'PUT', path, body: route, answer: routeWrittenSchema, signal });
  }

  delete(id: string, signal?: AbortSignal): Promise<Deleted> {
    const path = `/api/routes/${segment(id)}`;
    return this.#http.call({ method: 'DELETE', path, answer: deletedSchema, signal });
  }
}

export class RegistryApi {
  readonly feeds: FeedsApi;
  readonly keys: KeysApi;
  readonly families: FamiliesApi;
  readonly instances: InstancesApi;
  readonly leases: LeasesApi;
  readonly routes: RoutesApi;
  readonly sources: SourcesApi;
  readonly reroutes: ReroutesApi;
  readonly quarantines: QuarantinesApi;
  readonly datacenters: DatacentersApi;
  readonly #http: RegistryHttp;

  constructor(options: RegistryApiOptions) {
    this.#http = new RegistryHttp(options);
    this.feeds = new FeedsApi(this.#http);
    this.keys = new KeysApi(this.#http);
    this.families = new FamiliesApi(this.#http);
    this.instances = new InstancesApi(this.#http);
    this.leases = new LeasesApi(this.#http);
    this.routes = new RoutesApi(this.#http);
    this.sources = new SourcesApi(this.#http);
    this.reroutes = new ReroutesApi(this.#http);
    this.quarantines = new QuarantinesApi(this.#http);
    this.datacenters = new DatacentersApi(this.#http);
  }

  /** Creates families, routes, the first feed and the admin key when there is no key yet. */
  bootstrap(request: BootstrapRequest, signal?: AbortSignal): Promise<BootstrapAnswer> {
    const path = '/api/bootstrap';
    return this.#http.call({ method: 'POST', path, body: request, answer: bootstrapAnswerSchema, signal });
  }

  fleet(signal?: AbortSignal): Promise<FleetAnswer> {
    return this.#http.call({ method: 'GET', path: '/api/fleet', answer: fleetAnswerSchema, signal });
  }

  /** Who changed what, oldest first. */
  audit(query: AuditQuery = {}, signal?: AbortSignal): Promise<AuditAnswer> {
    const path = '/api/audit';
    return this.#http.call({ method: 'GET', path, query: { ...query }, answer: auditAnswerSchema, signal });
  }

  /**
   * Operator token only: it has the hashes of the keys.
   *
   * @param query.subscriber - who will poll from there on: writes wait for it from now on.
   */
  snapshot(query: { readonly subscriber?: string } = {}, signal?: AbortSignal): Promise<Snapshot> {
    const path = '/api/snapshot';
    return this.#http.call({ method: 'GET', path, query: { ...query }, answer: snapshotSchema, signal });
  }

  /** Waits for changes. Operator token only. */
  changes(poll: ChangesPoll, signal?: AbortSignal): Promise<ChangesAnswer> {
    return this.#http.call({
      method: 'GET',
      path: '/api/changes',
      query: { ...poll },
      answer: changesAnswerSchema,
      timeoutMs: poll.waitMs + pollGraceMs,
      signal,
    });
  }

  /** Says that `subscriber` follows no more, so that no write waits for it. Operator token only. */
  async unsubscribe(subscriber: string, signal?: AbortSignal): Promise<void> {
    const path = `/api/fleet/subscribers/${segment(subscriber)}`;
    await this.#http.call({ method: 'DELETE', path, answer: unsubscribedSchema, signal });
  }

  /** Operator token only. */
  async reportKeyUsage(usage: KeyUsage, signal?: AbortSignal): Promise<void> {
    const path = '/api/key-usage';
    await this.#http.call({ method: 'POST', path, body: usage, answer: keyUsageAnswerSchema, signal });
  }
}
