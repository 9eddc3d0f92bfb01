/** Serves the API's operations: who calls, what they sent, the answer. */
import { expressPath, jsonBody, readRequest, sendAnswer } from '@feedfleet/host';
import type { ContextOf, Express, Request, Response } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import type { Clock } from '@feedfleet/registry-client';

import type { Access, ApiOperation } from './api-operation.ts';
import { apiOperations } from './api-operations.ts';
import { identifyCaller } from './caller.ts';
import type { Caller } from './caller.ts';
import { openApiText } from './openapi.ts';
import type { Registry } from './registry.ts';

export interface ApiRoutesOptions {
  readonly registry: Registry;
  /** The bearer token that may do everything. */
  readonly operatorToken: string;
  readonly clock: Clock;
}

const maxBodyBytes = 64 * 1024;
const rank: Readonly<Record<Access, number>> = { manager: 0, administrator: 1, operator: 2 };

function refuseLower(caller: Caller, access: Access): void {
  if (rank[caller.role] >= rank[access]) return;
  const needed = {
    manager: 'a key',
    administrator: 'a key with the scope manage for all feeds',
    operator: 'the operator token',
  };
  throw new ProblemError('forbidden', { detail: `This needs ${needed[access]}.` });
}

/** Adds the API to an application; what its handlers throw is answered by the host. */
export function addApiRoutes(app: Express, contextOf: ContextOf, options: ApiRoutesOptions): void {
  const { registry, operatorToken, clock } = options;

  const authorized = (request: Request, access: Access): Caller => {
    const { view } = registry;
    const caller = identifyCaller({ view, operatorToken, headers: request.headers, now: clock.now() });
    refuseLower(caller, access);
    return caller;
  };

  const serve = async (operation: ApiOperation, request: Request, response: Response): Promise<void> => {
    const { access, pathSchema, querySchema, bodySchema, secretFields } = operation;
    const context = contextOf(request);
    const answer = await operation.handle({
      registry,
      caller: authorized(request, access),
      path: pathSchema === undefined ? undefined : readRequest(pathSchema, request.params, { where: '' }),
      query: querySchema === undefined ? undefined : readRequest(querySchema, { ...request.query }, { where: 'query' }),
      body:
        bodySchema === undefined
          ? undefined
          : readRequest(bodySchema, request.body as unknown, { where: '', secretFields }),
      signal: context.signal,
      remainingMs: () => context.remainingMs(),
    });
    sendAnswer(response, operation.status, answer);
  };

  app.get('/openapi.json', (_request, response) => {
    response.set('content-type', 'application/json').send(openApiText());
  });
  for (const operation of apiOperations) {
    const path = expressPath(operation.path);
    const route = app.route(path);
    if (operation.bodySchema !== undefined) {
      // Nobody's body is read who may not send one.
      route[operation.method](
        (request, _response, next) => {
          authorized(request, operation.access);
          next();
        },
        jsonBody({ maxBytes: maxBodyBytes }),
      );
    }
    route[operation.method]((request: Request, response: Response) => serve(operation, request, response));
  }
  refuseOtherMethods(app);
}

function refuseOtherMethods(app: Express): void {
  for (const [path, operations] of Map.groupBy(apiOperations, (each) => each.path)) {
    const allow = operations
      .map(({ method }) => method.toUpperCase())
      .sort()
      .join(', ');
    app.all(expressPath(path), () => {
      throw new ProblemError('methodNotAllowed', { detail: `expected ${allow}`, headers: { allow } });
    });
  }
}
