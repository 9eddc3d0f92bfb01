/**
 * The registry's HTTP API, typed: used by the supervisor, the command line and the mirror.
 *
 * Failures become the problem that the registry answered with; when it cannot be reached, or answers something else than
 * its API, `FF_REGISTRY_UNAVAILABLE`.
 */
import axios from 'axios';
import type { AxiosInstance, AxiosResponse } from 'axios';
import { ProblemError, problemRegistry } from '@feedfleet/problems';
import type { ProblemName } from '@feedfleet/problems';
import { z } from 'zod';

import * as schemas from './api-schemas.ts';
import type {
  BootstrapAnswer,
  BootstrapRequest,
  ChangesAnswer,
  Deleted,
  FamilyWrite,
  FamilyWritten,
  FeedChange,
  FeedCreation,
  FeedWritten,
  FleetAnswer,
  InstanceWrite,
  InstanceWritten,
  KeyCreated,
  KeyCreation,
  KeySummary,
  KeyUsage,
  RouteWrite,
  RouteWritten,
} from './api-schemas.ts';
import { snapshotSchema } from './model.ts';
import type { Family, Feed, Instance, Route, Snapshot } from './model.ts';

export interface RegistryApiOptions {
  readonly registryUrl: string;
  /** Operator token or API key. */
  readonly token: string;
  /** Longest wait for an answer, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

/** Of one call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
}

interface Call<T> extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
  /** In milliseconds, when it is longer than the client's. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;
/** A poll may take this much longer than it asked the registry to wait. */
const pollGraceMs = 10_000;
const maxAnswerBytes = 256 * 1024 ** 2;

const problemBodySchema = z.object({ code: z.string(), detail: z.string().optional() });
const segment = encodeURIComponent;

function problemNameOf(code: string): ProblemName | undefined {
  const names = Object.keys(problemRegistry) as ProblemName[];
  return names.find((name) => problemRegistry[name].code === code);
}

function unavailable(detail: string, cause?: unknown): ProblemError {
  return new ProblemError('registryUnavailable', { detail, ...(cause === undefined ? {} : { cause }) });
}

function problemOf(response: AxiosResponse<unknown>): ProblemError {
  const body = problemBodySchema.safeParse(response.data);
  const name = body.success ? problemNameOf(body.data.code) : undefined;
  if (!body.success || name === undefined) return unavailable(`It answered ${response.status} instead of its API.`);
  return new ProblemError(name, body.data.detail === undefined ? {} : { detail: body.data.detail });
}

/** Without the request that axios attaches, since its headers hold the token. */
function causeOf(error: unknown): Error {
  if (!axios.isAxiosError(error)) return error instanceof Error ? error : new Error(String(error));
  return Object.assign(new Error(error.message), error.code === undefined ? {} : { code: error.code });
}

export class RegistryApi {
  readonly #http: AxiosInstance;

  constructor({ registryUrl, token, timeoutMs = defaultTimeoutMs }: RegistryApiOptions) {
    this.#http = axios.create({
      baseURL: registryUrl.replace(/\/+$/, ''),
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      timeout: timeoutMs,
      maxRedirects: 0,
      maxContentLength: maxAnswerBytes,
      proxy: false,
      validateStatus: () => true,
    });
  }

  /** Creates families, routes, the first feed and the admin key when there is no key yet. */
  bootstrap(request: BootstrapRequest, options: CallOptions = {}): Promise<BootstrapAnswer> {
    const answer = schemas.bootstrapAnswerSchema;
    return this.#call({ method: 'POST', path: '/api/bootstrap', body: request, answer, ...options });
  }

  async feeds(options: CallOptions = {}): Promise<readonly Feed[]> {
    return (await this.#call({ method: 'GET', path: '/api/feeds', answer: schemas.feedListSchema, ...options })).feeds;
  }

  /** @param feed - id, name or alias. */
  async feed(feed: string, options: CallOptions = {}): Promise<Feed> {
    const answer = schemas.feedAnswerSchema;
    return (await this.#call({ method: 'GET', path: `/api/feeds/${segment(feed)}`, answer, ...options })).feed;
  }

  createFeed(feed: FeedCreation, options: CallOptions = {}): Promise<FeedWritten> {
    const answer = schemas.feedWrittenSchema;
    return this.#call({ method: 'POST', path: '/api/feeds', body: feed, answer, ...options });
  }

  /** @param feed - id, name or alias. */
  updateFeed(feed: string, change: FeedChange, options: CallOptions = {}): Promise<FeedWritten> {
    const answer = schemas.feedWrittenSchema;
    return this.#call({ method: 'PATCH', path: `/api/feeds/${segment(feed)}`, body: change, answer, ...options });
  }

  /** Keys that were only for this feed go with it. @param feed - id, name or alias. */
  deleteFeed(feed: string, options: CallOptions = {}): Promise<Deleted> {
    return this.#delete(`/api/feeds/${segment(feed)}`, options);
  }

  async keys(options: CallOptions = {}): Promise<readonly KeySummary[]> {
    return (await this.#call({ method: 'GET', path: '/api/keys', answer: schemas.keyListSchema, ...options })).keys;
  }

  /** The answer is the only one that ever holds the secret. */
  createKey(key: KeyCreation, options: CallOptions = {}): Promise<KeyCreated> {
    const answer = schemas.keyCreatedSchema;
    return this.#call({ method: 'POST', path: '/api/keys', body: key, answer, ...options });
  }

  revokeKey(keyId: string, options: CallOptions = {}): Promise<Deleted> {
    return this.#delete(`/api/keys/${segment(keyId)}`, options);
  }

  async families(options: CallOptions = {}): Promise<readonly Family[]> {
    const answer = schemas.familyListSchema;
    return (await this.#call({ method: 'GET', path: '/api/families', answer, ...options })).families;
  }

  putFamily(id: string, family: FamilyWrite, options: CallOptions = {}): Promise<FamilyWritten> {
    const answer = schemas.familyWrittenSchema;
    return this.#call({ method: 'PUT', path: `/api/families/${segment(id)}`, body: family, answer, ...options });
  }

  deleteFamily(id: string, options: CallOptions = {}): Promise<Deleted> {
    return this.#delete(`/api/families/${segment(id)}`, options);
  }

  async instances(options: CallOptions = {}): Promise<readonly Instance[]> {
    const answer = schemas.instanceListSchema;
    return (await this.#call({ method: 'GET', path: '/api/instances', answer, ...options })).instances;
  }

  /** Adds or replaces; nothing changes, and no number is used up, when it is there already as given. */
  putInstance(id: string, instance: InstanceWrite, options: CallOptions = {}): Promise<InstanceWritten> {
    const answer = schemas.instanceWrittenSchema;
    return this.#call({ method: 'PUT', path: `/api/instances/${segment(id)}`, body: instance, answer, ...options });
  }

  deleteInstance(id: string, options: CallOptions = {}): Promise<Deleted> {
    return this.#delete(`/api/instances/${segment(id)}`, options);
  }

  async routes(options: CallOptions = {}): Promise<readonly Route[]> {
    const answer = schemas.routeListSchema;
    return (await this.#call({ method: 'GET', path: '/api/routes', answer, ...options })).routes;
  }

  putRoute(id: string, route: RouteWrite, options: CallOptions = {}): Promise<RouteWritten> {
    const answer = schemas.routeWrittenSchema;
    return this.#call({ method: 'PUT', path: `/api/routes/${segment(id)}`, body: route, answer, ...options });
  }

  deleteRoute(id: string, options: CallOptions = {}): Promise<Deleted> {
    return this.#delete(`/api/routes/${segment(id)}`, options);
  }

  fleet(options: CallOptions = {}): Promise<FleetAnswer> {
    return this.#call({ method: 'GET', path: '/api/fleet', answer: schemas.fleetAnswerSchema, ...options });
  }

  /** Operator token only: it has the hashes of the keys. */
  snapshot(options: CallOptions = {}): Promise<Snapshot> {
    return this.#call({ method: 'GET', path: '/api/snapshot', answer: snapshotSchema, ...options });
  }

  /** Long poll; tells the registry that `subscriber` has applied everything up to `after`. */
  changes(
    poll: { readonly after: number; readonly waitMs: number; readonly subscriber: string },
    options: CallOptions = {},
  ): Promise<ChangesAnswer> {
    return this.#call({
      method: 'GET',
      path: '/api/changes',
      query: { ...poll },
      answer: schemas.changesAnswerSchema,
      timeoutMs: poll.waitMs + pollGraceMs,
      ...options,
    });
  }

  /** Says that `subscriber` follows no more, so that no write waits for it. */
  async unsubscribe(subscriber: string, options: CallOptions = {}): Promise<void> {
    const path = `/api/fleet/subscribers/${segment(subscriber)}`;
    await this.#call({ method: 'DELETE', path, answer: z.unknown(), ...options });
  }

  async reportKeyUsage(usage: KeyUsage, options: CallOptions = {}): Promise<void> {
    const answer = schemas.keyUsageAnswerSchema;
    await this.#call({ method: 'POST', path: '/api/key-usage', body: usage, answer, ...options });
  }

  #delete(path: string, options: CallOptions): Promise<Deleted> {
    return this.#call({ method: 'DELETE', path, answer: schemas.deletedSchema, ...options });
  }

  async #call<T>({ method, path, query, body, answer, signal, timeoutMs }: Call<T>): Promise<T> {
    const response = await this.#http
      .request<unknown>({
        method,
        url: path,
        ...(query === undefined ? {} : { params: query }),
        ...(body === undefined ? {} : { data: body }),
        ...(signal === undefined ? {} : { signal }),
        ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      })
      .catch((error: unknown) => {
        signal?.throwIfAborted();
        const cause = causeOf(error);
        throw unavailable(cause.message, cause);
      });
    if (response.status >= 400) throw problemOf(response);
    const parsed = answer.safeParse(response.data);
    if (!parsed.success) throw unavailable(`It answered ${method} ${path} in a shape that is not its API's.`);
    return parsed.data;
  }
}
