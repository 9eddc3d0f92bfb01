/** How the refusal of a write reaches old clients, which read the answer only once they have sent everything. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from '@feedfleet/host';
import type { RequestContext } from '@feedfleet/host';
import { declaredBytes, drainBody } from './drain-body.ts';
import type { DrainLimits } from './drain-body.ts';

export async function refuseWrite(
  request: IncomingMessage,
  response: ServerResponse,
  { error, context, drain }: { readonly error: unknown; readonly context: RequestContext; readonly drain: DrainLimits },
): Promise<void> {
  if (isGone(request)) {
    response.destroy();
    return;
  }
  const left = declaredBytes(request);
  // More than will be read: clients that look at the answer while they send get to see it, the others cannot be helped.
  if (left !== undefined && left > drain.maxBytes) sendProblem(response, error, context);
  const outcome = await drainBody(request, drain);
  if (outcome === 'cut') response.shouldKeepAlive = false;
  if (!response.headersSent) sendProblem(response, error, context);
  else if (outcome === 'cut') request.destroy();
}

/** Whether the client broke off in the middle of its body. */
export function isGone(request: IncomingMessage): boolean {
  return request.destroyed && !request.complete;
}
