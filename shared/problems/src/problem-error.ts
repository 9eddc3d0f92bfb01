/**
 * An error from the registry, and how it looks on the wire.
 *
 * Source: RFC 9457, "Problem Details for HTTP APIs", section 3.
 */
import { problemRegistry } from './registry.ts';
import type { ProblemDefinition } from './problem-definition.ts';
import type { ProblemName } from './registry.ts';

export interface ProblemOptions {
  /** What was expected, what was given and where. Never a secret, a stack or an inner address. */
  readonly detail?: string;
  /** HTTP reason phrase, where the title alone tells a NuGet user too little. Cut to one printable line. */
  readonly reason?: string;
  readonly retryAfterSeconds?: number;
  /** Further headers of the answer, for example `allow` or `www-authenticate`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly cause?: unknown;
}

/** The body of an answer with the content type `application/problem+json`. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly detail?: string;
  readonly solve: string;
  readonly requestId?: string;
}

const MAX_REASON_CHARACTERS = 200;

export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly definition: ProblemDefinition;
  readonly detail: string | undefined;
  readonly retryAfterSeconds: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly #reason: string;

  constructor(problem: ProblemName, options: ProblemOptions = {}) {
    const definition = problemRegistry[problem];
    super(options.detail === undefined ? definition.title : `${definition.title}: ${options.detail}`, {
      cause: options.cause,
    });
    this.definition = definition;
    this.detail = options.detail;
    this.retryAfterSeconds = options.retryAfterSeconds ?? (definition.status === 503 ? 1 : undefined);
    this.headers = options.headers ?? {};
    this.#reason = options.reason ?? definition.title;
  }

  get code(): string {
    return this.definition.code;
  }

  get status(): number {
    return this.definition.status;
  }

  /** One line of printable ASCII, fit for an HTTP status line. */
  get reasonPhrase(): string {
    return this.#reason
      .replace(/[^\x20-\x7e]+/g, ' ')
      .slice(0, MAX_REASON_CHARACTERS)
      .trim();
  }

  toDocument(requestId?: string): ProblemDocument {
    const { code, status, title, solve } = this.definition;
    return {
      type: `urn:feedfleet:problem:${code}`,
      title,
      status,
      code,
      ...(this.detail === undefined ? {} : { detail: this.detail }),
      solve,
      ...(requestId === undefined ? {} : { requestId }),
    };
  }
}

/** Makes an error that can be thrown out of anything that is known to fail; what is a problem already stays what it is. */
export function toProblem(error: unknown, fallback: ProblemName = 'internal'): ProblemError {
  return error instanceof ProblemError ? error : new ProblemError(fallback, { cause: error });
}
