/** What a caller names as the target of a package source, and what the registry makes of it. Pure. */
import { ProblemError } from '@feedfleet/problems';
import { parseFeedPath } from '@feedfleet/registry-client';
import type { Feed, RegistryView, SourceTarget, SourceTargetWrite } from '@feedfleet/registry-client';

import type { Caller } from '../caller.ts';
import { namedByUrl } from './own-feed-url.ts';

export interface NamedTarget {
  readonly target: SourceTarget;
  /** The feed as the caller wrote it: an alias does not tell the name. */
  readonly saidName: string;
  /** The key that the URL held. A secret, and not in `target`. */
  readonly urlKey: string | null;
  readonly notes: readonly string[];
}

export interface TargetQuestion {
  readonly view: RegistryView;
  readonly caller: Caller;
  readonly balancerUrls: readonly string[];
}

const keyOfFleet = /^ff_[A-Za-z0-9_-]{43}$/;

/**
 * To someone who manages certain feeds, a feed that is not there and a private one look the same.
 *
 * @param reason - why the credential does not do; `undefined` for a feed that is not there.
 */
export function unreadableFeed(caller: Caller, name: string, reason: string | undefined): ProblemError {
  if (caller.role !== 'manager' && reason === undefined) {
    return new ProblemError('noSuchFeed', { detail: `target: there is no feed "${name}"` });
  }
  const why = caller.role === 'manager' ? '' : `; ${reason ?? ''}`;
  return new ProblemError('invalidRequest', {
    detail: `target: expected a public feed, or a private one with a credential that may read it, got "${name}"${why}`,
  });
}

function ownFeed({ view, caller }: TargetQuestion, name: string): Feed {
  const feed = view.feedByName(name) ?? view.feedById(name);
  if (feed === undefined) throw unreadableFeed(caller, name, undefined);
  return feed;
}

function foreignTarget(asked: URL, protocol: 'v3' | 'v2' | undefined): NamedTarget {
  const url = new URL(asked);
  const notes: string[] = [];
  const feed = parseFeedPath(url.pathname);
  const urlKey = feed?.pathKey ?? null;
  const holdsKey = feed !== undefined && urlKey !== null && keyOfFleet.test(urlKey);
  if (holdsKey) {
    url.pathname = `/F/${encodeURIComponent(feed.feedName)}${feed.rest}`;
    notes.push('The key in the URL is kept as the credential, and sent as X-NuGet-ApiKey.');
  }
  const isV3 = url.pathname.toLowerCase().endsWith('.json');
  const target = {
    kind: 'foreign' as const,
    protocol: protocol ?? (isV3 ? ('v3' as const) : ('v2' as const)),
    url: url.href,
  };
  return { target, saidName: '', urlKey: holdsKey ? urlKey : null, notes };
}

/** @throws {ProblemError} when it is a feed of this fleet that is not there. */
export function namedTarget(question: TargetQuestion, write: SourceTargetWrite): NamedTarget {
  if (write.kind === 'feed') {
    const feed = ownFeed(question, write.feed);
    return { target: { kind: 'feed', feed: feed.id }, saidName: write.feed, urlKey: null, notes: [] };
  }
  const ownUrls = [...question.balancerUrls, ...question.view.instances.map(({ url }) => url)];
  const named = namedByUrl(write.url, ownUrls);
  if (named.outcome === 'foreign') return foreignTarget(new URL(write.url), write.protocol);
  const feed = ownFeed(question, named.feedName);
  const notes = [`The URL names the feed ${feed.name} of this fleet, which is asked directly.`];
  return { target: { kind: 'feed', feed: feed.id }, saidName: named.feedName, urlKey: named.pathKey, notes };
}

/** Whether what one is told stays with whom the other already told it: the same feed, or the same origin. */
export function isSameParty(left: SourceTarget, right: SourceTarget): boolean {
  if (left.kind === 'feed') return right.kind === 'feed' && left.feed === right.feed;
  return right.kind === 'foreign' && new URL(left.url).origin === new URL(right.url).origin;
}
