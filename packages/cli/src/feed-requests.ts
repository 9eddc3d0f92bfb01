/** What commands ask of a feed itself, with an API key: JSON there and back, and files from it. */
import type { Readable } from 'node:stream';

import { ProblemError, problemRegistry } from '@feedfleet/problems';
import type { ProblemName } from '@feedfleet/problems';
import axios from 'axios';
import { z } from 'zod';

import { apiKeyOf } from './connection.ts';
import { withoutSecrets } from './failure.ts';
import type { FeedOptions } from './feed-url.ts';
import { feedUrlOf } from './feed-url.ts';
import { isOwnMachine } from './own-machine.ts';
import type { CliParts } from './parts.ts';
import { parseRetryAfter } from './push/retry-policy.ts';

const TIMEOUT_MS = 60_000;
const MAX_ANSWER_BYTES = 64 * 1024 ** 2;
const MAX_PROBLEM_CHARACTERS = 64 * 1024;
const problemSchema = z.object({ code: z.string(), detail: z.string().optional() });

export interface FeedRequest<T> {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Below the feed, with a slash before; or an absolute URL that the feed gave. */
  readonly path: string;
  readonly body?: unknown;
  readonly answer: z.ZodType<T>;
}

export class FeedRequests {
  readonly #url: string;
  readonly #apiKey: string | undefined;
  readonly #signal: AbortSignal;

  private constructor(url: string, apiKey: string | undefined, signal: AbortSignal) {
    this.#url = url;
    this.#apiKey = apiKey;
    this.#signal = signal;
  }

  /** @throws {ProblemError} `FF_USAGE`; `FF_UNAUTHENTICATED` when a scope is needed and there is no key. */
  static async to(
    options: FeedOptions,
    parts: CliParts,
    scope: 'push' | 'unlist' | 'manage' | null,
  ): Promise<FeedRequests> {
    const url = (await feedUrlOf(options, parts, '')).replace(/\/+$/, '');
    const apiKey = apiKeyOf(options, parts);
    if (scope !== null && apiKey === undefined && !/\/auth\/[^/]+/i.test(url)) {
      throw new ProblemError('unauthenticated', {
        detail: `this needs an API key: give --key or FEEDFLEET_API_KEY (feedfleet key create --scope ${scope} makes one)`,
      });
    }
    return new FeedRequests(url, apiKey, parts.signal);
  }

  /** Without secrets. */
  get shownUrl(): string {
    return withoutSecrets(this.#url);
  }

  /** @throws {ProblemError} as the feed told it; `FF_UNREACHABLE` when nothing or something else answered. */
  async send<T>({ method, path, body, answer }: FeedRequest<T>): Promise<T> {
    const url = path.startsWith('/') ? `${this.#url}${path}` : path;
    // A key goes nowhere but to the feed that was named.
    const isOfFeed = url.startsWith(`${this.#url}/`);
    const response = await axios
      .request<string>({
        method,
        url,
        headers: this.#headers(isOfFeed),
        ...(body === undefined ? {} : { data: JSON.stringify(body) }),
        signal: this.#signal,
        timeout: TIMEOUT_MS,
        maxRedirects: 0,
        maxContentLength: MAX_ANSWER_BYTES,
        responseType: 'text',
        validateStatus: () => true,
        ...(isOwnMachine(url) ? { proxy: false } : {}),
      })
      .catch((error: unknown) => {
        this.#signal.throwIfAborted();
        throw unreachable(url, (error as { readonly code?: string }).code ?? 'no answer');
      });
    const document = parsed(response.data);
    if (response.status >= 300) throw problemOf(url, { ...response, document });
    const read = answer.safeParse(document);
    if (!read.success) throw unreachable(url, 'it answered in a shape that is not that of a feed');
    return read.data;
  }

  /**
   * The body of a file, whose end and size are the caller's to check.
   *
   * @throws {ProblemError} as `send` does.
   */
  async open(url: string, signal: AbortSignal): Promise<Readable> {
    const response = await axios
      .request<Readable>({
        url,
        headers: this.#headers(url.startsWith(`${this.#url}/`)),
        signal,
        maxRedirects: 0,
        decompress: false,
        responseType: 'stream',
        validateStatus: () => true,
        ...(isOwnMachine(url) ? { proxy: false } : {}),
      })
      .catch((error: unknown) => {
        this.#signal.throwIfAborted();
        throw unreachable(url, (error as { readonly code?: string }).code ?? 'no answer');
      });
    if (response.status === 200) return response.data;
    const text = await readStart(response.data);
    throw problemOf(url, { ...response, document: parsed(text) });
  }

  #headers(isOfFeed: boolean): Record<string, string> {
    return {
      'content-type': 'application/json',
      'user-agent': 'feedfleet-cli',
      ...(this.#apiKey === undefined || !isOfFeed ? {} : { 'x-nuget-apikey': this.#apiKey }),
    };
  }
}

interface Refusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly document: unknown;
}

function problemOf(url: string, { status, headers, document }: Refusal): ProblemError {
  const told = problemSchema.safeParse(document);
  const names = Object.keys(problemRegistry) as ProblemName[];
  const name = told.success ? names.find((one) => problemRegistry[one].code === told.data.code) : undefined;
  if (name === undefined) return unreachable(url, `it answered ${status} and is no feed of ours`);
  const detail = told.data?.detail;
  const retryAfterMs = parseRetryAfter(headers['retry-after'] as string | undefined, Date.now());
  return new ProblemError(name, {
    ...(detail === undefined ? {} : { detail }),
    ...(retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) }),
  });
}

/** Enough for a problem document. */
async function readStart(body: Readable): Promise<string> {
  let text = '';
  try {
    for await (const chunk of body) {
      text += String(chunk);
      if (text.length >= MAX_PROBLEM_CHARACTERS) break;
    }
  } catch {
    // The status is known; the words that were cut off are not worth a failure of their own.
  }
  return text;
}

function unreachable(url: string, why: string): ProblemError {
  return new ProblemError('unreachable', { detail: `${withoutSecrets(new URL(url).origin)}: ${why}` });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
