/**
 * Errors on the wire. The title is the HTTP reason phrase too, because that is all that NuGet clients print.
 *
 * Source: RFC 9457, "Problem Details for HTTP APIs"; RFC 9110, section 9.3.2 (HEAD) and section 10.2.3 (Retry-After).
 */
import type { ServerResponse } from 'node:http';
import { FAULT_HEADER, ProblemError, toProblem } from '@feedfleet/problems';
import { HostRequestContext } from './host-request-context.ts';
import { redact } from './redact.ts';
import type { RequestContext } from './request-context.ts';

/**
 * Answers with `application/problem+json`. What is not a ProblemError is logged and answered as `internal`.
 *
 * Headers that were set for the answer that failed are dropped. When its head was sent already, the connection is broken off,
 * so that nobody takes half an answer for a whole one; when the client is gone, nothing happens.
 */
export function sendProblem(response: ServerResponse, error: unknown, context?: RequestContext): void {
  if (response.writableEnded || response.destroyed) return;
  const problem = toProblem(asClientFault(error));
  if (context instanceof HostRequestContext) logFailure(problem, error, context);
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) response.removeHeader(name);
  const document = problem.toDocument(context?.requestId);
  // Details quote paths, and paths carry keys.
  const shown = document.detail === undefined ? document : { ...document, detail: redact(document.detail) };
  const body = Buffer.from(JSON.stringify(shown));
  response.writeHead(problem.status, redact(problem.reasonPhrase), {
    'content-type': 'application/problem+json',
    'content-length': String(body.length),
    'cache-control': 'no-store',
    ...(context === undefined ? {} : { 'x-request-id': context.requestId }),
    ...(problem.retryAfterSeconds === undefined ? {} : { 'retry-after': String(Math.ceil(problem.retryAfterSeconds)) }),
    ...(problem.definition.fault === undefined ? {} : { [FAULT_HEADER]: problem.definition.fault }),
    ...problem.headers,
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
  const fields = {
    'http.request.id': context.requestId,
    'http.request.method': request.method,
    'http.response.status_code': problem.status,
    'url.path': redact((request.url ?? '').split('?', 1)[0] ?? ''),
    'problem.code': problem.code,
  };
  if (problem.status === 500) log.error('request failed', error, fields);
  else if (problem.status > 500 && problem.cause !== undefined) {
    log.warn('request failed', { ...fields, 'error.message': problem.message, 'error.cause': describeCause(problem) });
  } else log.debug('request refused', fields);
}

function describeCause({ cause }: ProblemError): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
