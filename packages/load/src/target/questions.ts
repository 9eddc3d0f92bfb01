/** Questions to a target before the load: bounded in time and size, to hosts that may be asked alone. */
import { ProblemError } from '@feedfleet/problems';

import { mayLoad } from '../load-client.ts';
import type { TargetCredentials } from './credentials.ts';

export interface QuestionOptions {
  readonly credentials: TargetCredentials;
  readonly allowedHosts: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

export interface Reply {
  /** 0 when nothing answered. */
  readonly status: number;
  /** Where it came from at last. */
  readonly url: string;
  /** The body, or what went wrong. */
  readonly text: string;
  readonly bytes: number;
}

interface Question {
  readonly method?: 'GET' | 'HEAD' | 'PUT';
  readonly body?: Buffer<ArrayBuffer>;
}

const TIMEOUT_MS = 30_000;
/** Of all that a scenario has to find out. */
const ALL_TIMEOUT_MS = 120_000;
const MAX_BYTES = 32 * 1024 ** 2;
const MOST_REDIRECTS = 5;

export class TargetQuestions {
  readonly #options: QuestionOptions;

  constructor(options: QuestionOptions) {
    this.#options = options;
  }

  /** @throws {ProblemError} `FF_USAGE` for a URL of a host that may not be loaded. */
  async ask(url: string, { method = 'GET', body }: Question = {}): Promise<Reply> {
    let at = url;
    for (let hops = 0; ; hops += 1) {
      this.assertAllowed(at);
      const response = await this.#send(at, method, body);
      if (response instanceof Error) return { status: 0, url: at, text: whyOf(response), bytes: 0 };
      // A package is for the address that it was pushed to.
      const location = method === 'PUT' ? null : response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && location !== null && hops < MOST_REDIRECTS) {
        await response.body?.cancel();
        at = new URL(location, at).href;
        continue;
      }
      const text = method === 'HEAD' ? '' : await readBounded(response);
      return {
        status: response.status,
        url: at,
        text,
        bytes: Number(response.headers.get('content-length') ?? text.length),
      };
    }
  }

  /** The target may name addresses of other hosts: each has to be allowed by its own name. */
  assertAllowed(url: string): void {
    const { allowedHosts } = this.#options;
    if (mayLoad(new URL(url), allowedHosts)) return;
    const { hostname } = new URL(url);
    throw new ProblemError('usage', {
      detail: `the target leads to ${hostname}, which is not this machine: to load it as well, add --i-may-load ${hostname}`,
    });
  }

  async #send(url: string, method: string, body: Buffer<ArrayBuffer> | undefined): Promise<Response | Error> {
    const { credentials, signal } = this.#options;
    try {
      return await fetch(url, {
        method,
        headers: {
          ...credentials.headersFor(url),
          ...(body === undefined ? {} : { 'content-type': 'application/octet-stream' }),
        },
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        ...(body === undefined ? {} : { body }),
      });
    } catch (error) {
      signal.throwIfAborted();
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** With the credentials of a target that is known already. */
export function questionsTo({
  credentials,
  allowedHosts,
}: Pick<QuestionOptions, 'credentials' | 'allowedHosts'>): TargetQuestions {
  return new TargetQuestions({ credentials, allowedHosts, signal: AbortSignal.timeout(ALL_TIMEOUT_MS) });
}

async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function whyOf(error: Error): string {
  const { cause } = error as { readonly cause?: { readonly code?: string } };
  return cause?.code ?? error.message;
}
