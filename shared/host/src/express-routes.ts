/** Express behind the host: loaded only by processes that have routes. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ProblemError } from '@feedfleet/problems';
import type { Express, Request, Response } from 'express';
import type { ContextOf } from './host-options.ts';
import type { HostRequestContext } from './host-request-context.ts';
import type { RequestContext } from './request-context.ts';
import { sendProblem } from './send-problem.ts';

export type ContextHandler = (request: IncomingMessage, response: ServerResponse, context: HostRequestContext) => void;

/** Makes a handler of the routes. What they throw and what they do not serve is answered as a problem. */
export async function expressHandler(routes: (app: Express, contextOf: ContextOf) => void): Promise<ContextHandler> {
  const { default: express } = await import('express');
  const contexts = new WeakMap<IncomingMessage, RequestContext>();
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  routes(app, (request) => {
    const context = contexts.get(request);
    if (context === undefined)
      throw new ProblemError('invalidArgument', { detail: 'this host did not get the request' });
    return context;
  });
  return (request, response, context) => {
    contexts.set(request, context);
    response.setHeader('x-request-id', context.requestId);
    answerAtDeadline(response, context);
    app(request as Request, response as Response, (error?: unknown) => {
      sendProblem(response, error ?? nothingHere(request), context);
    });
  };
}

/** No client waits longer than its deadline, also for a route that never looks at the signal. */
function answerAtDeadline(response: ServerResponse, context: RequestContext): void {
  const { signal } = context;
  signal.addEventListener('abort', () => {
    if (!response.headersSent) sendProblem(response, signal.reason, context);
  });
}

function nothingHere(request: IncomingMessage): ProblemError {
  return new ProblemError('noSuchResource', { detail: `no route for ${request.method ?? ''} on this path` });
}
