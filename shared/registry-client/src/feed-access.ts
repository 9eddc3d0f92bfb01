/** From a request to the feed that it names, and whether its sender may: for all that is asked of a feed but its packages. */
import type { IncomingHttpHeaders } from 'node:http';

import { ProblemError } from '@feedfleet/problems';

import { authorize, refusalProblem } from './access.ts';
import { readCredentials } from './credentials.ts';
import type { Credentials } from './credentials.ts';
import { parseFeedPath } from './feed-path.ts';
import type { Feed, Scope } from './model.ts';
import type { RegistryView } from './registry-view.ts';

/** What decisions about requests need of the registry's mirror. */
export interface FeedDirectory {
  current(): RegistryView;
  /** Notes that a key was used, to be told to the registry later. */
  reportKeyUse(keyId: string): void;
}

export interface FeedAccess {
  readonly feed: Feed;
  readonly credentials: Credentials;
}

/**
 * @returns also what follows the feed in the path, as `parseFeedPath` gives it.
 * @throws ProblemError `FF_NO_SUCH_RESOURCE` or `FF_NO_SUCH_FEED`.
 */
export function readFeedAccess(
  request: { readonly url?: string | undefined; readonly headers: IncomingHttpHeaders },
  directory: FeedDirectory,
): FeedAccess & { readonly rest: string } {
  const path = parseFeedPath(request.url ?? '/');
  if (path === undefined) throw new ProblemError('noSuchResource', { detail: 'feeds are below /F/{feed}' });
  const feed = directory.current().feedByName(path.feedName);
  if (feed === undefined) throw new ProblemError('noSuchFeed', { detail: `there is no feed "${path.feedName}"` });
  return { feed, credentials: readCredentials(request.headers, path.pathKey), rest: path.rest };
}

export interface PermitOptions {
  readonly registry: FeedDirectory;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly scope: Scope;
  readonly packageId?: string;
}

/**
 * By what the registry says now: a body takes its time to arrive.
 *
 * @returns the feed as it is now.
 * @throws ProblemError `FF_NO_SUCH_FEED`, `FF_UNAUTHENTICATED` or `FF_FORBIDDEN`.
 */
export function permit({ feed: { id, name }, credentials }: FeedAccess, options: PermitOptions): Feed {
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
  return feed;
}
