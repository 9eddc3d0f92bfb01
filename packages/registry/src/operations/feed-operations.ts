/** Feeds over HTTP. */
import { randomBytes } from 'node:crypto';

import { ProblemError } from '@feedfleet/problems';
import {
  deletedSchema,
  feedAnswerSchema,
  feedChangeSchema,
  feedCreationSchema,
  feedListSchema,
  feedWrittenSchema,
} from '@feedfleet/registry-client';
import type { Feed, Operation, RegistryView } from '@feedfleet/registry-client';
import { z } from 'zod';

import { operation } from '../api-operation.ts';
import type { ApiOperation } from '../api-operation.ts';
import { actorOf, managesFeed, ownerOf } from '../caller.ts';
import type { Caller } from '../caller.ts';

export const feedPath = z.strictObject({ feed: z.string().min(1).max(200).describe('Id, name or alias of the feed.') });

/** What the manager of a feed may change; names and limits are the fleet's. */
const managerFields: readonly string[] = [
  'visibility',
  'description',
  'deletion',
  'overwrite',
  'uploadWarnings',
  'keepStable',
  'keepPrerelease',
  'sharedIds',
  'reservedIds',
];

export function newFeedId(): string {
  return `feed-${randomBytes(8).toString('hex')}`;
}

/** By id, name or alias. @throws {ProblemError} `FF_NO_SUCH_FEED`, also for one that the caller does not manage. */
export function feedFor(view: RegistryView, caller: Caller, nameOrId: string): Feed {
  const feed = view.feedByName(nameOrId) ?? view.feedById(nameOrId);
  if (feed !== undefined && managesFeed(caller, feed.id)) return feed;
  throw new ProblemError('noSuchFeed', { detail: `there is no feed "${nameOrId}"` });
}

function refuseForeignFields(caller: Caller, change: object): void {
  if (caller.role !== 'manager') return;
  const foreign = Object.keys(change).filter((field) => !managerFields.includes(field));
  if (foreign.length === 0) return;
  const detail = `${foreign.join(', ')}: expected a key with the scope manage for all feeds, got one for certain feeds`;
  throw new ProblemError('forbidden', { detail });
}

/** Keys that were for this feed only go, the others lose it; its sources go, and those that lead to it. */
function feedDeletion(view: RegistryView, feedId: string): readonly Operation[] {
  const keys = view.keys.filter(({ feeds }) => feeds !== 'all' && feeds.includes(feedId));
  const withoutFeed = keys.map((key): Operation => {
    const feeds = key.feeds === 'all' ? key.feeds : key.feeds.filter((id) => id !== feedId);
    return { entity: 'key', id: key.id, value: feeds.length === 0 ? null : { ...key, feeds } };
  });
  const sources = view.sources.filter(
    ({ feed, target }) => feed === feedId || (target.kind === 'feed' && target.feed === feedId),
  );
  const withoutSources = sources.map(({ id }): Operation => ({ entity: 'source', id, value: null }));
  const reroutes = view.reroutes.filter(({ feed }) => feed === feedId);
  const withoutReroutes = reroutes.map(({ id }): Operation => ({ entity: 'reroute', id, value: null }));
  const isApart = view.quarantineOf(feedId) !== undefined;
  const withoutQuarantine: readonly Operation[] = isApart ? [{ entity: 'quarantine', id: feedId, value: null }] : [];
  return [
    ...withoutFeed,
    ...withoutSources,
    ...withoutReroutes,
    ...withoutQuarantine,
    { entity: 'feed', id: feedId, value: null },
  ];
}

/** Fields that were not given stay as they are. */
function changed(feed: Feed, change: z.output<typeof feedChangeSchema>): Feed {
  const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  return { ...feed, ...given };
}

const listFeeds = operation({
  id: 'listFeeds',
  method: 'get',
  path: '/api/feeds',
  tag: 'Feeds',
  summary: 'All feeds that the caller manages.',
  access: 'manager',
  answerSchema: feedListSchema,
  handle: ({ registry, caller }) => ({ feeds: registry.view.feeds.filter(({ id }) => managesFeed(caller, id)) }),
});

const getFeed = operation({
  id: 'getFeed',
  method: 'get',
  path: '/api/feeds/{feed}',
  tag: 'Feeds',
  summary: 'One feed.',
  access: 'manager',
  pathSchema: feedPath,
  answerSchema: feedAnswerSchema,
  handle: ({ registry, caller, path }) => ({ feed: feedFor(registry.view, caller, path.feed) }),
});

const createFeed = operation({
  id: 'createFeed',
  method: 'post',
  path: '/api/feeds',
  tag: 'Feeds',
  summary: 'Creates a feed; it is served as soon as the answer is there.',
  access: 'administrator',
  bodySchema: feedCreationSchema,
  answerSchema: feedWrittenSchema,
  status: 201,
  handle: async ({ registry, caller, body, signal }) => {
    const { owner = ownerOf(caller), ...fields } = body;
    const feed: Feed = { id: newFeedId(), ...fields, owner, createdAt: registry.now() };
    const number = registry.commit({
      actor: actorOf(caller),
      summary: `Create the feed ${feed.name}`,
      operations: [{ entity: 'feed', id: feed.id, value: feed }],
    });
    return { feed, change: await registry.receipt(number, signal) };
  },
});

const updateFeed = operation({
  id: 'updateFeed',
  method: 'patch',
  path: '/api/feeds/{feed}',
  tag: 'Feeds',
  summary: 'Changes what is given, and leaves the rest.',
  access: 'manager',
  pathSchema: feedPath,
  bodySchema: feedChangeSchema,
  answerSchema: feedWrittenSchema,
  handle: async ({ registry, caller, path, body, signal }) => {
    const before = feedFor(registry.view, caller, path.feed);
    refuseForeignFields(caller, body);
    const feed = changed(before, body);
    const number = registry.commit({
      actor: actorOf(caller),
      summary: `Change the feed ${before.name}: ${Object.keys(body).join(', ')}`,
      operations: [{ entity: 'feed', id: feed.id, value: feed }],
    });
    return { feed, change: await registry.receipt(number, signal) };
  },
});

const deleteFeed = operation({
  id: 'deleteFeed',
  method: 'delete',
  path: '/api/feeds/{feed}',
  tag: 'Feeds',
  summary: 'Deletes a feed, and the keys that were for this feed only.',
  access: 'administrator',
  pathSchema: feedPath,
  answerSchema: deletedSchema,
  handle: async ({ registry, caller, path, signal }) => {
    const feed = feedFor(registry.view, caller, path.feed);
    const number = registry.commit({
      actor: actorOf(caller),
      summary: `Delete the feed ${feed.name}`,
      operations: feedDeletion(registry.view, feed.id),
    });
    return { change: await registry.receipt(number, signal) };
  },
});

export const feedOperations: readonly ApiOperation[] = [listFeeds, getFeed, createFeed, updateFeed, deleteFeed];
