/** What the processes of the fleet ask: the snapshot, the changes after it, and the first start. */
import {
  bootstrapAnswerSchema,
  bootstrapRequestSchema,
  changesAnswerSchema,
  feedCreationSchema,
  fleetAnswerSchema,
  snapshotSchema,
  subscriberSchema,
  unsubscribedSchema,
} from '@feedfleet/registry-client';
import type { BootstrapRequest, Feed, Operation } from '@feedfleet/registry-client';
import { z } from 'zod';

import { operation } from '../api-operation.ts';
import type { ApiOperation } from '../api-operation.ts';
import { ensureDefaults } from '../defaults.ts';
import type { Registry } from '../registry.ts';
import { newFeedId } from './feed-operations.ts';
import { freshKey, summaryOf } from './key-operations.ts';

const longestWaitMs = 30_000;
/** So that a poll is answered before its own deadline, in milliseconds. */
const deadlineMarginMs = 500;

const snapshotQuery = z.strictObject({
  subscriber: subscriberSchema.shape.id
    .optional()
    .describe('Who will poll from there on; writes wait for it from now on.'),
});
const changesQuery = z.strictObject({
  after: z.coerce.number().int().min(0).describe('Number of the newest change that the caller has applied.'),
  waitMs: z.coerce
    .number()
    .int()
    .min(0)
    .max(longestWaitMs)
    .default(0)
    .describe('How long to wait for a change, in ms.'),
  subscriber: subscriberSchema.shape.id.optional().describe('Who polls; writes wait until it has applied them.'),
});
const subscriberPath = z.strictObject({ subscriber: subscriberSchema.shape.id });

const getSnapshot = operation({
  id: 'getSnapshot',
  method: 'get',
  path: '/api/snapshot',
  tag: 'Fleet',
  summary: 'Everything as of the newest change, with the hashes of the keys.',
  access: 'operator',
  querySchema: snapshotQuery,
  answerSchema: snapshotSchema,
  handle: ({ registry, query }) => {
    if (query.subscriber !== undefined) registry.subscribers.join(query.subscriber);
    return registry.view.toSnapshot();
  },
});

const getChanges = operation({
  id: 'getChanges',
  method: 'get',
  path: '/api/changes',
  tag: 'Fleet',
  summary: 'Waits for changes after a number, and tells that everything up to it is applied.',
  access: 'operator',
  querySchema: changesQuery,
  answerSchema: changesAnswerSchema,
  handle: (call) => {
    const { subscriber, after, waitMs } = call.query;
    const boundedMs = Math.max(0, Math.min(waitMs, call.remainingMs() - deadlineMarginMs));
    return call.registry.poll({ subscriber, after, waitMs: boundedMs, signal: call.signal });
  },
});

const getFleet = operation({
  id: 'getFleet',
  method: 'get',
  path: '/api/fleet',
  tag: 'Fleet',
  summary: 'Families, instances, and who follows the registry.',
  access: 'administrator',
  answerSchema: fleetAnswerSchema,
  handle: ({ registry }) => {
    const { fleetId, number, families, instances } = registry.view;
    const subscribers = [...registry.subscribers.list()];
    return { fleetId, number, families: [...families], instances: [...instances], subscribers };
  },
});

const unsubscribe = operation({
  id: 'unsubscribe',
  method: 'delete',
  path: '/api/fleet/subscribers/{subscriber}',
  tag: 'Fleet',
  summary: 'Says that a process follows no more, so that no write waits for it.',
  access: 'operator',
  pathSchema: subscriberPath,
  answerSchema: unsubscribedSchema,
  handle: ({ registry, path }) => ({ unsubscribed: registry.subscribers.remove(path.subscriber) }),
});

function firstFeed(registry: Registry, { feedName, visibility }: BootstrapRequest): Feed {
  const existing = registry.view.feedByName(feedName);
  if (existing !== undefined) return existing;
  const { owner = 'operator', ...fields } = feedCreationSchema.parse({ name: feedName, visibility });
  return { id: newFeedId(), ...fields, owner, createdAt: registry.now() };
}

const bootstrap = operation({
  id: 'bootstrap',
  method: 'post',
  path: '/api/bootstrap',
  tag: 'Fleet',
  summary: 'Creates families, routes, the first feed and the admin key when there is no key yet.',
  access: 'operator',
  bodySchema: bootstrapRequestSchema,
  answerSchema: bootstrapAnswerSchema,
  handle: async ({ registry, body, signal }) => {
    ensureDefaults(registry);
    if (registry.view.keys.length > 0) return { created: false as const };
    const feed = firstFeed(registry, body);
    const { key, secret } = freshKey({
      name: 'admin',
      owner: 'operator',
      feeds: 'all',
      scopes: ['read', 'push', 'unlist', 'delete', 'manage'],
      packageGlobs: ['*'],
      createdAt: registry.now(),
      expiresAt: null,
    });
    const operations: readonly Operation[] = [
      { entity: 'feed', id: feed.id, value: feed },
      { entity: 'key', id: key.id, value: key },
    ];
    const number = registry.commit({ actor: 'operator', summary: 'First feed and admin key', operations });
    const change = await registry.receipt(number, signal);
    return { created: true as const, feed, key: summaryOf(key, null), secret, change };
  },
});

export const fleetOperations: readonly ApiOperation[] = [getSnapshot, getChanges, getFleet, unsubscribe, bootstrap];
