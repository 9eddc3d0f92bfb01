/** What all writes to a feed have in common: whom they are about, who may, and how a refusal reaches old clients. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendProblem } from '@feedfleet/host';
import type { RequestContext } from '@feedfleet/host';
import { ProblemError } from '@feedfleet/problems';
import { authorize, parseFeedPath, readCredentials, refusalProblem } from '@feedfleet/registry-client';
import type { Credentials, Feed, RegistryView, Scope } from '@feedfleet/registry-client';
import { declaredBytes, drainBody } from './drain-body.ts';
import type { DrainLimits } from './drain-body.ts';

/** What the endpoint needs of the registry's mirror. */
export interface PushDirectory {
  current(): RegistryView;
  /** Notes that a key was used, to be told to the registry later. */
  reportKeyUse(keyId: string): void;
}

export interface FeedWrite {
  readonly feed: Feed;
  readonly credentials: Credentials;
}

/**
 * @returns also what follows the feed in the path, as `parseFeedPath` gives it.
 * @throws ProblemError `FF_NO_SUCH_RESOURCE` or `FF_NO_SUCH_FEED`.
 */
export function readFeedWrite(
  request: IncomingMessage,
  registry: PushDirectory,
): FeedWrite & { readonly rest: string } {
  const path = parseFeedPath(request.url ?? '/');
  if (path === undefined) throw new ProblemError('noSuchResource', { detail: 'feeds are below /F/{feed}' });
  const feed = registry.current().feedByName(path.feedName);
  if (feed === undefined) throw new ProblemError('noSuchFeed', { detail: `there is no feed "${path.feedName}"` });
  return { feed, credentials: readCredentials(request.headers, path.pathKey), rest: path.rest };
}

export interface PermitOptions {
  readonly registry: PushDirectory;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly scope: Scope;
  readonly packageId?: string;
}

/**
 * By what the registry says now: a body takes its time to arrive.
 *
 * @throws ProblemError `FF_NO_SUCH_FEED`, `FF_UNAUTHENTICATED` or `FF_FORBIDDEN`.
 */
export function permitWrite({ feed: { id, name }, credentials }: FeedWrite, options: PermitOptions): void {
  const { registry, now, scope, packageId } = options;
  const view = registry.current();
  const feed = view.feedById(id);
  if (feed === undefined) throw new ProblemError('noSuchFeed', { detail: `there is no feed "${name}" any more` });
  const decision = authorize(view, {
    feed,
    credentials,
    scope,
    now: now(),
    ...(packageId === undefined ? {} : { packageId }),
  });
  if (decision.outcome !== 'granted') throw refusalProblem(decision);
  if (decision.key !== null) registry.reportKeyUse(decision.key.id);
}

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
