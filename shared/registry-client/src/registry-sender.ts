/**
 * The port between the registry's API and the wire: one request, one answer.
 *
 * Two libraries stand behind it, since processes that run for months are counted by their memory, and the command line by what
 * it can do (ADR-0010). One suite runs over both.
 */

export interface RegistryRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute. */
  readonly url: URL;
  /** Bearer token. */
  readonly token: string;
  /** Sent as JSON; `undefined` sends none. */
  readonly body: unknown;
  /** Longest wait for the whole answer, in milliseconds. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

export interface RegistryAnswer {
  readonly status: number;
  /** What the JSON of the body says; `undefined` when the body is none. */
  readonly data: unknown;
}

/**
 * Each request has a connection of its own: a kept one may have ended with the registry that it led to, and whether a write that
 * failed on it was carried out cannot be told. Redirects are answers like others, and no proxy is asked.
 *
 * @returns the answer, whatever its status.
 * @throws {Error} when none came, it is too large, or `signal` aborted; without the token in it.
 */
export type RegistrySender = (request: RegistryRequest) => Promise<RegistryAnswer>;

/** Of an answer, in bytes. */
export const maxAnswerBytes = 256 * 1024 ** 2;

export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
