/** The registry's API about reroutes, quarantines and datacenters. */
import { deletedSchema } from './api-schemas.ts';
import type { Deleted } from './api-schemas.ts';
import {
  datacenterListSchema,
  datacenterWrittenSchema,
  quarantineListSchema,
  quarantineWrittenSchema,
  rerouteListSchema,
  rerouteWrittenSchema,
} from './balancing-api-schemas.ts';
import type {
  DatacenterWrite,
  DatacenterWritten,
  FailoverRequest,
  QuarantineWrite,
  QuarantineWritten,
  RerouteWrite,
  RerouteWritten,
} from './balancing-api-schemas.ts';
import type { Datacenter, Quarantine, Reroute } from './balancing-model.ts';
import type { RegistryHttp } from './registry-http.ts';

const segment = encodeURIComponent;

export class ReroutesApi {
  readonly #http: RegistryHttp;
  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  async list(signal?: AbortSignal): Promise<readonly Reroute[]> {
    const answer = rerouteListSchema;
    return (await this.#http.call({ method: 'GET', path: '/api/reroutes', answer, signal })).reroutes;
  }

  /** Adds or replaces. Refused when another one is for the same family and feed. */
  put(id: string, reroute: RerouteWrite, signal?: AbortSignal): Promise<RerouteWritten> {
    const path = `/api/reroutes/${segment(id)}`;
    return this.#http.call({ method: 'PUT', path, body: reroute, answer: rerouteWrittenSchema, signal });
  }

  delete(id: string, signal?: AbortSignal): Promise<Deleted> {
    const path = `/api/reroutes/${segment(id)}`;
    return this.#http.call({ method: 'DELETE', path, answer: deletedSchema, signal });
  }
}

/** Feeds are named by id, name or alias. */
export class QuarantinesApi {
  readonly #http: RegistryHttp;
  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  async list(signal?: AbortSignal): Promise<readonly Quarantine[]> {
    const answer = quarantineListSchema;
    return (await this.#http.call({ method: 'GET', path: '/api/quarantines', answer, signal })).quarantines;
  }

  put(feed: string, quarantine: QuarantineWrite, signal?: AbortSignal): Promise<QuarantineWritten> {
    const path = `/api/quarantines/${segment(feed)}`;
    return this.#http.call({ method: 'PUT', path, body: quarantine, answer: quarantineWrittenSchema, signal });
  }

  delete(feed: string, signal?: AbortSignal): Promise<Deleted> {
    const path = `/api/quarantines/${segment(feed)}`;
    return this.#http.call({ method: 'DELETE', path, answer: deletedSchema, signal });
  }
}

export class DatacentersApi {
  readonly #http: RegistryHttp;
  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  /** In order of position. */
  async list(signal?: AbortSignal): Promise<readonly Datacenter[]> {
    const answer = datacenterListSchema;
    return (await this.#http.call({ method: 'GET', path: '/api/datacenters', answer, signal })).datacenters;
  }

  /** Adds or changes. The first one has the writes; they are moved by `failover` only. */
  put(id: string, datacenter: DatacenterWrite, signal?: AbortSignal): Promise<DatacenterWritten> {
    const path = `/api/datacenters/${segment(id)}`;
    return this.#http.call({ method: 'PUT', path, body: datacenter, answer: datacenterWrittenSchema, signal });
  }

  /** Refused while instances run there, and while it has the writes beside others. */
  delete(id: string, signal?: AbortSignal): Promise<Deleted> {
    const path = `/api/datacenters/${segment(id)}`;
    return this.#http.call({ method: 'DELETE', path, answer: deletedSchema, signal });
  }

  /** Gives the writes to a datacenter, with a new epoch; whoever had them is fenced. */
  failover(request: FailoverRequest, signal?: AbortSignal): Promise<DatacenterWritten> {
    const path = '/api/failover';
    return this.#http.call({ method: 'POST', path, body: request, answer: datacenterWrittenSchema, signal });
  }
}
