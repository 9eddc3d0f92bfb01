/**
 * From a request to the feed that it names, whether its sender may read it, and how the sender reached it.
 *
 * Runs on every request, before anything kept in memory is looked at: index arithmetic and map look-ups only.
 */
import type { IncomingMessage } from 'node:http';

import { ProblemError } from '@feedfleet/problems';
import { authorize, parseFeedPath, readCredentials, refusalProblem } from '@feedfleet/registry-client';
import type { Feed, RegistryView } from '@feedfleet/registry-client';

/** What the endpoint needs of the registry's mirror. */
export interface FeedDirectory {
  current(): RegistryView;
  /** Notes that a key was used, to be told to the registry later. */
  reportKeyUse(keyId: string): void;
}

export interface FeedRequest {
  readonly feed: Feed;
  /** `private` when the feed is, or when a credential came along: then no shared cache may keep the answer. */
  readonly audience: 'public' | 'private';
  /** `/F/Name[/auth/KEY]` as typed. Holds a secret when the key is in it. */
  readonly feedPath: string;
  /** What follows the mount, `/` at least. */
  readonly path: string;
}

export interface FeedRequestSource {
  readonly directory: FeedDirectory;
  /** In lower case. */
  readonly mount: string;
  /** Answered without a credential, also on private feeds. */
  readonly openPaths: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * @throws {ProblemError} `FF_NO_SUCH_FEED`, `FF_NO_SUCH_RESOURCE`, `FF_UNAUTHENTICATED` or `FF_FORBIDDEN`.
 */
export function readFeedRequest(request: IncomingMessage, source: FeedRequestSource): FeedRequest {
  const parsed = parseFeedPath(request.url ?? '/');
  if (parsed === undefined) throw notServed(source.mount);
  const view = source.directory.current();
  const feed = view.feedByName(parsed.feedName);
  if (feed === undefined) throw new ProblemError('noSuchFeed', { detail: `there is no feed "${parsed.feedName}"` });
  const credentials = readCredentials(request.headers, parsed.pathKey);
  const decision = authorize(view, { feed, credentials, scope: 'read', now: source.now() });
  const path = pathBelow(source.mount, parsed.rest);
  if (decision.outcome !== 'granted') {
    const isOpenRead = source.openPaths.includes(path) && request.method !== 'POST';
    if (!isOpenRead || credentials.presented.length > 0) throw refusalProblem(decision);
  } else if (decision.key !== null) source.directory.reportKeyUse(decision.key.id);
  const isOpen = feed.visibility === 'public' && credentials.presented.length === 0;
  return {
    feed,
    audience: isOpen ? 'public' : 'private',
    feedPath: parsed.feedPath,
    path,
  };
}

/** The mount is matched without case, as everything below `/F/`. */
function pathBelow(mount: string, rest: string): string {
  if (rest === '') {
    if (mount === '') return '/';
    throw notServed(mount);
  }
  if (mount === '') return rest;
  const isBelow = rest.length === mount.length || rest.charCodeAt(mount.length) === 0x2f;
  if (!isBelow || (!rest.startsWith(mount) && rest.slice(0, mount.length).toLowerCase() !== mount)) {
    throw notServed(mount);
  }
  return rest.length === mount.length ? '/' : rest.slice(mount.length);
}

function notServed(mount: string): ProblemError {
  return new ProblemError('noSuchResource', { detail: `this endpoint serves what is below /F/{feed}${mount}` });
}
