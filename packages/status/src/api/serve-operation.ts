/** Serves an operation of the API as its entry says: who calls, what they sent, the answer. */
import type { IncomingHttpHeaders } from 'node:http';

import { expressPath, jsonBody, readRequest, sendAnswer } from '@feedfleet/host';
import type { ContextOf, Express, Request, Response } from '@feedfleet/host';

import type { ApiOperation } from './api-operation.ts';
import { requireOperator } from './operator-gate.ts';

export interface ApiCall<Path, Query, Body> {
  readonly headers: IncomingHttpHeaders;
  readonly path: Path;
  readonly query: Query;
  readonly body: Body;
  readonly signal: AbortSignal;
}

export interface ServeOptions {
  readonly operatorToken: string | undefined;
  readonly contextOf: ContextOf;
}

const maxBodyBytes = 64 * 1024;

/**
 * Adds one operation; what its handler throws is answered by the host. One with the access `observer` is not served here: its
 * signature is over exact bytes.
 */
export function serveOperation<Path, Query, Body, Answer>(
  app: Express,
  operation: ApiOperation<Path, Query, Body, Answer>,
  { operatorToken, contextOf }: ServeOptions,
  handle: (call: ApiCall<Path, Query, Body>) => Answer | Promise<Answer>,
): void {
  const { method, access, pathSchema, querySchema, bodySchema, status = 200 } = operation;
  const route = app.route(expressPath(operation.path));
  if (access === 'operator') {
    // Nobody's body is read who may not send one.
    route[method]((request: Request, _response: Response, next: () => void) => {
      requireOperator(request.headers, operatorToken);
      next();
    });
  }
  if (bodySchema !== undefined) route[method](jsonBody({ maxBytes: maxBodyBytes }));
  route[method](async (request: Request, response: Response) => {
    const answer = await handle({
      headers: request.headers,
      path: (pathSchema === undefined ? undefined : readRequest(pathSchema, request.params, { where: '' })) as Path,
      query: (querySchema === undefined
        ? undefined
        : readRequest(querySchema, { ...request.query }, { where: 'query' })) as Query,
      body: (bodySchema === undefined
        ? undefined
        : readRequest(bodySchema, request.body as unknown, { where: '' })) as Body,
      signal: contextOf(request).signal,
    });
    sendAnswer(response, status, answer);
  });
}
