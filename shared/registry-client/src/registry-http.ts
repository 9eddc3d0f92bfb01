/** One exchange with the registry over HTTP: a typed answer, or the problem that it told. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

import axios from 'axios';
import type { AxiosInstance, AxiosResponse } from 'axios';
import { ProblemError, problemRegistry } from '@feedfleet/problems';
import type { ProblemName } from '@feedfleet/problems';
import { z } from 'zod';

export interface RegistryHttpOptions {
  /** Of the registry: `http://127.0.0.1:5000`. */
  readonly url: string;
  /** Operator token or API key. */
  readonly token: string;
  /** Longest wait for an answer, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
}

export interface RegistryCall<T> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds, when it is longer than the client's. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;
const maxAnswerBytes = 256 * 1024 ** 2;
const problemBodySchema = z.object({ code: z.string(), detail: z.string().optional() });

function problemNameOf(code: string): ProblemName | undefined {
  const names = Object.keys(problemRegistry) as ProblemName[];
  return names.find((name) => problemRegistry[name].code === code);
}

function unavailable(detail: string, cause?: Error): ProblemError {
  return new ProblemError('registryUnavailable', { detail, ...(cause === undefined ? {} : { cause }) });
}

function problemOf({ data, status }: AxiosResponse<unknown>): ProblemError {
  const body = problemBodySchema.safeParse(data);
  const name = body.success ? problemNameOf(body.data.code) : undefined;
  if (!body.success || name === undefined) return unavailable(`It answered ${status} instead of its API.`);
  return new ProblemError(name, body.data.detail === undefined ? {} : { detail: body.data.detail });
}

/** Without the request that axios attaches, since its headers hold the token. */
function causeOf(error: unknown): Error {
  if (!axios.isAxiosError(error)) return error instanceof Error ? error : new Error(String(error));
  return Object.assign(new Error(error.message), error.code === undefined ? {} : { code: error.code });
}

export class RegistryHttp {
  readonly #http: AxiosInstance;

  constructor({ url, token, timeoutMs = defaultTimeoutMs }: RegistryHttpOptions) {
    this.#http = axios.create({
      baseURL: url.replace(/\/+$/, ''),
      headers: { authorization: `Bearer ${token}`, accept: 'application/json' },
      timeout: timeoutMs,
      // A connection of its own for each exchange: a kept one may have ended with the registry that it led to, and whether a
      // write that failed on it was carried out cannot be told.
      httpAgent: new HttpAgent({ keepAlive: false }),
      httpsAgent: new HttpsAgent({ keepAlive: false }),
      maxRedirects: 0,
      maxContentLength: maxAnswerBytes,
      proxy: false,
      validateStatus: () => true,
    });
  }

  /**
   * @throws {ProblemError} with the registry's code; `FF_REGISTRY_UNAVAILABLE` when it cannot be reached or answers
   * something else than its API; the signal's reason when it aborts.
   */
  async call<T>({ method, path, query, body, answer, signal, timeoutMs }: RegistryCall<T>): Promise<T> {
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
    if (response.status >= 300) throw problemOf(response);
    const parsed = answer.safeParse(response.data);
    if (!parsed.success) throw unavailable(`It answered ${method} ${path} in a shape that is not its API's.`);
    return parsed.data;
  }
}
