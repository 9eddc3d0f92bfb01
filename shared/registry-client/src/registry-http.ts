/** One exchange with the registry over HTTP: a typed answer, or the problem that it told. */
import { ProblemError, problemRegistry } from '@feedfleet/problems';
import type { ProblemName } from '@feedfleet/problems';
import { z } from 'zod';

import type { RegistryAnswer, RegistryRequest, RegistrySender } from './registry-sender.ts';
import { sendByAxios } from './send-by-axios.ts';

export interface RegistryHttpOptions {
  /** Of the registry: `http://127.0.0.1:5000`. */
  readonly url: string;
  /** Operator token or API key. */
  readonly token: string;
  /** Longest wait for an answer, in milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** Default `sendByAxios`. */
  readonly send?: RegistrySender;
}

export interface RegistryCall<T> {
  readonly method: RegistryRequest['method'];
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds, when it is longer than the client's. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 10_000;
const problemBodySchema = z.object({ code: z.string(), detail: z.string().optional() });

function problemNameOf(code: string): ProblemName | undefined {
  const names = Object.keys(problemRegistry) as ProblemName[];
  return names.find((name) => problemRegistry[name].code === code);
}

function unavailable(detail: string, cause?: Error): ProblemError {
  return new ProblemError('registryUnavailable', { detail, ...(cause === undefined ? {} : { cause }) });
}

function problemOf({ data, status }: RegistryAnswer): ProblemError {
  const body = problemBodySchema.safeParse(data);
  const name = body.success ? problemNameOf(body.data.code) : undefined;
  // The registry has a name for everything that it does not have; a balancer or an endpoint says that it serves nothing here.
  if (name === 'noSuchResource') return new ProblemError('notRegistry', { detail: 'It serves no registry API.' });
  if (!body.success || name === undefined) {
    const detail = `It answered ${status} instead of its API.`;
    return status < 500 ? new ProblemError('notRegistry', { detail }) : unavailable(detail);
  }
  return new ProblemError(name, body.data.detail === undefined ? {} : { detail: body.data.detail });
}

export class RegistryHttp {
  readonly #options: RegistryHttpOptions;

  constructor(options: RegistryHttpOptions) {
    this.#options = options;
  }

  /**
   * @throws {ProblemError} with the registry's code; `FF_REGISTRY_UNAVAILABLE` when it cannot be reached, `FF_NOT_A_REGISTRY`
   * when something else answers; the signal's reason when it aborts.
   */
  async call<T>({ method, path, query = {}, body, answer, signal, timeoutMs }: RegistryCall<T>): Promise<T> {
    const { token, timeoutMs: usualMs = defaultTimeoutMs, send = sendByAxios } = this.#options;
    signal?.throwIfAborted();
    const url = this.#urlOf(path, query);
    const response = await send({ method, url, token, body, timeoutMs: timeoutMs ?? usualMs, signal }).catch(
      (error: unknown) => {
        signal?.throwIfAborted();
        const cause = error instanceof Error ? error : new Error(String(error));
        throw unavailable(cause.message, cause);
      },
    );
    if (response.status >= 300) throw problemOf(response);
    const parsed = answer.safeParse(response.data);
    if (!parsed.success) {
      throw new ProblemError('notRegistry', {
        detail: `It answered ${method} ${path} in a shape that is not its API's.`,
      });
    }
    return parsed.data;
  }

  #urlOf(path: string, query: Readonly<Record<string, string | number>>): URL {
    const url = URL.parse(this.#options.url.replace(/\/+$/, '') + path);
    if (url === null) throw unavailable('Its address is not a URL.');
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
    return url;
  }
}
