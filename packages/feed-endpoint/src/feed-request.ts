/**
 * From a request to the feed that it names, whether its sender may read it, and how the sender reached it.
 *
 * Runs on every request, before anything kept in memory is looked at: index arithmetic and map look-ups only.
 */
import type { IncomingMessage } from 'node:http';

import { ProblemError } from '@feedfleet/problems';
import { authorize, readCredentials, refusalProblem } from '@feedfleet/registry-client';
import type { Credentials, Feed, FeedDirectory, RegistryView } from '@feedfleet/registry-client';

import type { FeedTarget } from './feed-target.ts';

export interface FeedRequest {
  readonly feed: Feed;
  /** `private` when the feed is, or when a credential came along: then no shared cache may keep the answer. */
  readonly audience: 'public' | 'private';
  readonly credentials: Credentials;
  /** The registry as it was when access was decided. */
  readonly view: RegistryView;
}

export interface FeedRequestSource {
  readonly directory: FeedDirectory;
  /** Answered without a credential, also on private feeds. */
  readonly openPaths: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * @param target - what the URL of the request says.
 * @throws {ProblemError} `FF_NO_SUCH_FEED`, `FF_UNAUTHENTICATED` or `FF_FORBIDDEN`.
 */
export function readFeedRequest(
  request: IncomingMessage,
  target: FeedTarget,
  { directory, openPaths, now }: FeedRequestSource,
): FeedRequest {
  const view = directory.current();
  const feed = view.feedByName(target.feedName);
  if (feed === undefined) throw new ProblemError('noSuchFeed', { detail: `there is no feed "${target.feedName}"` });
  const credentials = readCredentials(request.headers, target.pathKey);
  const decision = authorize(view, { feed, credentials, scope: 'read', now: now() });
  if (decision.outcome !== 'granted') {
    const isOpenRead = openPaths.includes(target.path) && request.method !== 'POST';
    if (!isOpenRead || credentials.presented.length > 0) throw refusalProblem(decision);
  } else if (decision.key !== null) directory.reportKeyUse(decision.key.id);
  const isOpen = feed.visibility === 'public' && credentials.presented.length === 0;
  return { feed, audience: isOpen ? 'public' : 'private', credentials, view };
}
