/**
 * Errors on the wire. The title is the HTTP reason phrase too, because that is all that NuGet clients print.
 *
 * Source: RFC 9457, "Problem Details for HTTP APIs"; RFC 9110, section 9.3.2 (HEAD) and section 10.2.3 (Retry-After).
 */
import type { ServerResponse } from 'node:http';
import { ProblemError, toProblem } from '@feedfleet/problems';
import { HostRequestContext } from './host-request-context.ts';
import { PreparedProblem } from './prepared-problem.ts';
import { redact } from './redact.ts';
import type { RequestContext } from './request-context.ts';

/**
 * Answers with `application/problem+json`. What is neither a ProblemError nor a prepared one is logged and answered as `internal`.
 *
 * Headers that were set for the answer that failed are dropped. When its head was sent already, the connection is broken off,
 * so that nobody takes half an answer for a whole one; when the client is gone, nothing happens.
 */
export function sendProblem(response: ServerResponse, error: unknown, context?: RequestContext): void {
  if (response.writableEnded || response.destroyed) return;
  const problem = error instanceof PreparedProblem ? error.problem : toProblem(asClientFault(error));
  if (context instanceof HostRequestContext) logFailure(problem, error, context);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const answer = error instanceof PreparedProblem ? error : new PreparedProblem(problem);
  const body = answer.bodyFor(context?.requestId);
  response.writeHead(problem.status, answer.reason, {
    ...answer.headers,
    'content-length': String(Buffer.byteLength(body)),
    ...(context === undefined ? {} : { 'x-request-id': context.requestId }),
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** Express marks what is the client's fault, such as a path that cannot be decoded, with a status of its own. */
function asClientFault(error: unknown): unknown {
  const status = error instanceof Error ? (error as { readonly status?: unknown }).status : undefined;
  return status === 400 && !(error instanceof ProblemError) ? toProblem(error, 'invalidRequest') : error;
}

function logFailure(problem: ProblemError, error: unknown, context: HostRequestContext): void {
  const { log, request } = context;
  const isFailure = problem.status === 500 || (problem.status > 500 && problem.cause !== undefined);
  if (!isFailure && log.isEnabled?.('debug') === false) return;
  const fields = {
    'http.request.id': context.requestId,
    'http.request.method': request.method,
    'http.response.status_code': problem.status,
    'url.path': redact((request.url ?? '').split('?', 1)[0] ?? ''),
    'problem.code': problem.code,
  };
  if (problem.status === 500) log.error('request failed', error, fields);
  else if (isFailure) {
    log.warn('request failed', { ...fields, 'error.message': problem.message, 'error.cause': describeCause(problem) });
  } else log.debug('request refused', fields);
}

function describeCause({ cause }: ProblemError): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
