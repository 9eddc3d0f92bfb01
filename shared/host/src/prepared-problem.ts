/**
 * A problem as it goes on the wire, made once: an overloaded process answers thousands a second with the same one, and whoever refuses
 * has no time for it.
 */
import { FAULT_HEADER } from '@feedfleet/problems';
import type { ProblemError } from '@feedfleet/problems';
import { redact } from './redact.ts';

export class PreparedProblem {
  readonly problem: ProblemError;
  readonly reason: string;
  /** All but those that differ from request to request. */
  readonly headers: Readonly<Record<string, string>>;
  readonly #body: string;
  /** The same without its closing brace. */
  readonly #open: string;

  constructor(problem: ProblemError) {
    const { retryAfterSeconds, definition, headers } = problem;
    const document = problem.toDocument();
    // Details quote paths, and paths carry keys.
    const shown = document.detail === undefined ? document : { ...document, detail: redact(document.detail) };
    this.problem = problem;
    this.reason = redact(problem.reasonPhrase);
    this.#body = JSON.stringify(shown);
    this.#open = this.#body.slice(0, -1);
    this.headers = {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
      ...(definition.fault === undefined ? {} : { [FAULT_HEADER]: definition.fault }),
      ...headers,
    };
  }

  bodyFor(requestId: string | undefined): string {
    return requestId === undefined ? this.#body : `${this.#open},"requestId":${JSON.stringify(requestId)}}`;
  }
}
